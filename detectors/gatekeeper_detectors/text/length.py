"""How long a caption is, as its channel counts, and how long it may be."""

from __future__ import annotations

import warnings

TWEET_LIMIT = 280
DEFAULT_LIMIT = 2000
"""Characters on the website and in the parents' area; a school's policy can say otherwise."""
ALT_LIMIT = 1000
"""Characters of one alt text; what X accepts (API: media/metadata)."""


def caption_length(channel: str, text: str, limit: int = DEFAULT_LIMIT) -> tuple[int, int]:
    """Used and allowed length of a caption; surrounding space is not counted.

    For `twitter` the weighted length of twitter-text: an address counts 23, an emoji 2.
    """
    text = text.strip()
    if channel != "twitter":
        return len(text), limit
    if not text:
        return 0, TWEET_LIMIT
    return weighted_length(text), TWEET_LIMIT


def weighted_length(text: str) -> int:
    """The length as X counts it (docs.x.com: counting characters); `text` is not empty."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
        from twitter_text import parse_tweet
    return int(parse_tweet(text).weightedLength)
