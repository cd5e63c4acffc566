"""Training and signature, to the day, and for the present version of the policy."""

from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.rules import untrained_author
from gatekeeper_detectors.values import Author, Case, Register

TODAY, YEAR_AGO, EARLIER = date(2026, 11, 24), date(2025, 11, 24), date(2025, 11, 23)


def found(author: Author | None, channel: str = "twitter") -> list[str]:
    case = Case(channel, "A caption.", (), Register((), ()), TODAY, author=author)
    return [finding.message for finding in untrained_author.RULE.check(case, _OPTIONS)]


_OPTIONS = untrained_author.UntrainedAuthorOptions()


@pytest.mark.parametrize(
    ("author", "complaints"),
    [
        (Author("t", TODAY, TODAY), []),
        (Author("t", YEAR_AGO, YEAR_AGO), []),
        (Author("t", EARLIER, TODAY), ["training is out of date"]),
        (Author("t", TODAY, EARLIER), ["policy is out of date"]),
        (Author("t", None, TODAY), ["training is not on record"]),
        (Author("t", TODAY, None), ["policy is not on record"]),
        (Author("t", TODAY, None, aup_is_current=False), ["policy is not on record"]),
        (Author("t", TODAY, TODAY, aup_is_current=False), ["another version"]),
        (Author("t", date(2026, 11, 25), TODAY), ["training is out of date"]),
        (Author("t"), ["training is not", "policy is not"]),
        (None, []),
    ],
)
def test_who_may_tweet(author: Author | None, complaints: list[str]) -> None:
    messages = found(author)
    assert len(messages) == len(complaints)
    for message, complaint in zip(messages, complaints, strict=True):
        assert complaint in message


def test_the_website_asks_for_no_training() -> None:
    assert found(Author("t"), "website") == []
