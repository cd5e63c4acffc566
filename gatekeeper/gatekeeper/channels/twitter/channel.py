"""One X (Twitter) account as a channel, through tweepy and API v2.

X has no idempotency key, so the ids of the uploaded pictures are the fingerprint by which a
post is found again. The text is sent exactly as approved: nothing is ever added to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import unescape
from typing import Any, Literal
from urllib.parse import urlsplit

from gatekeeper.channels.platform import Profile
from gatekeeper.channels.twitter.errors import Duplicate, Gone, asking
from gatekeeper_queue.budget import Action
from gatekeeper_queue.channel import (
    OutcomeUnknown,
    Outgoing,
    OutgoingPicture,
    PermanentFailure,
    Receipt,
    RetryLater,
    Seen,
)

Media = Literal["v2", "v1.1"]
MAX_PICTURES = 4
MAX_ALT_TEXT = 1000
"""Characters (docs.x.com/x-api/media/create-media-metadata)."""
PAGE = 100
MAX_PAGES = 8
LOOK_BACK = timedelta(hours=1)
"""How long before its first picture was uploaded a post is still looked for: clocks differ."""
MAX_UPLOAD_AGE = timedelta(days=60)
X_EPOCH_MS = 1_288_834_974_657
"""Where X's ids count from: the time in milliseconds is the id shifted right by 22 bits."""


_HOSTS = ("x.com", "twitter.com", "mobile.twitter.com", "mobile.x.com")
_ADDED = re.compile(r"\s+https://t\.co/\w+\s*$")
"""The link to the pictures, where X does not list it among the links of the text."""


@dataclass(frozen=True)
class TwitterCredentials:
    """OAuth 1.0a keys of one account and of the app that it has allowed to post."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str
    access_token_secret: str = field(repr=False)


class TwitterChannel:
    """Implements `gatekeeper_queue.channel.Channel`, and `LooksAtPosts`, `FindsCopies` and
    `ReadsAddresses`, for one X account.

    `base_url` sends every call to a sandbox instead of X; it is a loopback or https address,
    else ValueError. `timeout` is (to connect, to wait for bytes) in seconds. `media` says
    through which version of X's interface pictures are sent.
    """

    name = "twitter"

    def __init__(
        self,
        credentials: TwitterCredentials,
        base_url: str | None = None,
        *,
        timeout: tuple[float, float] = (5.0, 30.0),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        media: Media = "v2",
    ) -> None:
        from gatekeeper.channels.twitter.http import XConnection

        self._x = XConnection(credentials, base_url, timeout)
        self._site = base_url.rstrip("/") if base_url else "https://x.com"
        self._now = now
        old = media == "v1.1"
        self._send_picture = self._x.upload_v1 if old else self._x.upload
        self._send_alt = self._x.describe_v1 if old else self._x.describe
        self._user: tuple[str, str] | None = None

    def prepare(self, item: Outgoing) -> tuple[str, ...]:
        """Upload the pictures with their alt texts; returns X's media ids, in order.

        Nothing of it can be seen until `publish`. Raises PermanentFailure for a post that X
        would refuse or whose pictures are not the approved bytes.
        """
        _check(item)
        return tuple(self._upload(picture) for picture in item.pictures)

    def publish(self, item: Outgoing, references: tuple[str, ...]) -> Receipt:
        """Post the text with the uploaded pictures.

        Raises OutcomeUnknown when the answer was lost, and also when X says that the account
        has posted this text already: an earlier try may have landed.
        """
        if not references or len(references) != len(item.pictures):
            raise PermanentFailure("The pictures of this post were not put on X first.")
        try:
            with asking("to publish a post", lost=OutcomeUnknown):
                made = self._x.client.create_tweet(text=item.text, media_ids=list(references))
                return self._receipt(made.data["id"])
        except Duplicate as error:
            raise OutcomeUnknown(
                "X says that this account has already posted the same text. "
                "Gatekeeper looks whether an earlier try has landed."
            ) from error

    def find(self, item: Outgoing, references: tuple[str, ...]) -> Receipt | None:
        """Look through the account's posts since the upload for one with these pictures."""
        return next(self._made_with(references), None)

    def find_all(self, references: tuple[str, ...]) -> tuple[Receipt, ...]:
        """Every post of the account with any of these pictures, the oldest first."""
        return tuple(self._made_with(references))[::-1]

    def _made_with(self, references: tuple[str, ...]) -> Iterator[Receipt]:
        """The newest first. Raises RetryLater once it cannot be said whether there are more."""
        keys = {f"3_{reference}" for reference in references}
        if not keys:
            raise RetryLater("A post without pictures cannot be told apart from others on X.")
        since, token = self._since(references), None
        for _ in range(MAX_PAGES):
            page = self._page(since, token)
            for tweet in page.data or []:
                if keys & set((tweet.attachments or {}).get("media_keys", [])):
                    yield self._receipt(tweet.id)
            token = _next_page(page)
            if token is None:
                return
        raise RetryLater("The account has too many newer posts on X to be sure. Look by hand.")

    def take_down(self, receipt: Receipt) -> None:
        """Delete the post. X counts deletes by the day, so RetryLater may be hours ahead."""
        try:
            with asking("to delete a post", lost=RetryLater, about_a_post=True):
                answer = self._x.client.delete_tweet(receipt.remote_id)
                # False means that there was nothing to delete any more.
                if not isinstance(answer.data["deleted"], bool):
                    raise ValueError("not an answer of X")
        except Gone:
            return

    def is_up(self, receipt: Receipt) -> bool:
        """Look the post up. Only an answer in which X names it as not found counts as gone."""
        look = asking("to look a post up", lost=RetryLater, refused=RetryLater, about_a_post=True)
        try:
            with look:
                answer = self._x.client.get_tweet(receipt.remote_id, user_auth=True)
                if answer.data is None and not _all_not_found(answer.errors):
                    raise ValueError("neither there nor gone")
        except Gone:
            return False
        return answer.data is not None

    def look(self, receipt: Receipt) -> Seen | None:
        """The post's text without what X adds to it, and the ids of its pictures."""
        look = asking("to look a post up", lost=RetryLater, refused=RetryLater, about_a_post=True)
        try:
            with look:
                fields = ["attachments", "entities"]
                answer = self._x.client.get_tweet(
                    receipt.remote_id, tweet_fields=fields, user_auth=True
                )
                if answer.data is None:
                    if not _all_not_found(answer.errors):
                        raise ValueError("neither there nor gone")
                    return None
                keys = (answer.data.attachments or {}).get("media_keys", [])
                return Seen(
                    text=_as_sent(str(answer.data.text), answer.data.entities or {}),
                    references=tuple(str(key).partition("_")[2] for key in keys),
                )
        except Gone:
            return None

    def receipt_at(self, address: str) -> Receipt | None:
        """For `https://x.com/<handle>/status/<number>`, and the same on twitter.com."""
        parts = urlsplit(address.strip())
        found = re.fullmatch(r"(?:/i|/i/web|/\w{1,15})/status/(\d{1,19})/?", parts.path)
        own = urlsplit(self._site).netloc
        if found is None or parts.netloc.removeprefix("www.") not in (*_HOSTS, own):
            return None
        return Receipt(found[1], self.link(found[1]))

    def check_account(self) -> str:
        """The account's handle without the @. Raises PermanentFailure for refused keys."""
        return self._me(refused=PermanentFailure)[1]

    def profile(self) -> Profile:
        """How the account looks to people. Raises PermanentFailure for refused keys, and
        RetryLater when it could not be looked at.
        """
        with asking("how the account looks", lost=RetryLater):
            fields = ["name", "protected", "profile_image_url"]
            me = self._x.client.get_me(user_fields=fields, user_auth=True).data
            url = str(me.profile_image_url)
            # "_normal" is 48 pixels wide (docs.x.com/x-api/fundamentals/data-dictionary).
            picture = None
            if "/default_profile_images/" not in url:
                picture = self._x.picture(url.replace("_normal.", "_400x400."))
            return Profile(str(me.username), str(me.name), bool(me.protected), picture)

    def used_up(self) -> Mapping[Action, datetime]:
        """What X's last answers left nothing of (`gatekeeper_queue.budget.TellsLimits`)."""
        return self._x.used_up

    def link(self, remote_id: str) -> str:
        """The address at which people see the post; it holds when the handle changes."""
        return f"{self._site}/i/status/{remote_id}"

    def close(self) -> None:
        """Close the connections that are kept open to X."""
        self._x.close()

    def _upload(self, picture: OutgoingPicture) -> str:
        with asking("to take a picture", lost=RetryLater):
            media_id = self._send_picture(picture.jpeg)
        if picture.alt:
            with asking("to take an alt text", lost=RetryLater):
                self._send_alt(media_id, picture.alt)
        return media_id

    def _page(self, since: datetime | None, token: str | None) -> Any:
        user_id = self._me(refused=RetryLater)[0]
        with asking("to list the account's posts", lost=RetryLater, refused=RetryLater):
            page = self._x.client.get_users_tweets(
                user_id,
                start_time=since,
                pagination_token=token,
                max_results=PAGE,
                tweet_fields=["attachments"],
                expansions=["attachments.media_keys"],
                user_auth=True,
            )
            # An error part or a wrong count means that something may be left out.
            if page.errors or len(page.data or []) != page.meta["result_count"]:
                raise ValueError("incomplete list")
            return page

    def _me(self, refused: type[PermanentFailure | RetryLater]) -> tuple[str, str]:
        if self._user is None:
            with asking("who the account is", lost=RetryLater, refused=refused):
                me = self._x.client.get_me(user_auth=True).data
                self._user = (str(me.id), str(me.username))
        return self._user

    def _since(self, references: tuple[str, ...]) -> datetime | None:
        """A post is younger than its pictures; X's ids carry the time. None when they do not."""
        try:
            milliseconds = [(int(reference) >> 22) + X_EPOCH_MS for reference in references]
            uploaded = datetime.fromtimestamp(min(milliseconds) / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return None
        age = self._now() - uploaded
        return uploaded - LOOK_BACK if -LOOK_BACK <= age <= MAX_UPLOAD_AGE else None

    def _receipt(self, tweet_id: object) -> Receipt:
        number = str(tweet_id)
        if not number.isdecimal():
            raise ValueError("not an id of X")
        return Receipt(number, self.link(number))


def _check(item: Outgoing) -> None:
    if not 1 <= len(item.pictures) <= MAX_PICTURES:
        raise PermanentFailure(f"A post on X has one to {MAX_PICTURES} pictures.")
    if any(len(picture.alt) > MAX_ALT_TEXT for picture in item.pictures):
        raise PermanentFailure(f"An alt text on X has at most {MAX_ALT_TEXT} characters.")
    if any(sha256(picture.jpeg).hexdigest() != picture.sha256 for picture in item.pictures):
        raise PermanentFailure("A picture is not the one that was approved. It was not sent.")


def _as_sent(text: str, entities: dict[str, Any]) -> str:
    """X escapes three characters, shortens links, and adds one for the pictures."""
    for link in entities.get("urls", []):
        is_added = "media_key" in link or "/photo/" in str(link.get("expanded_url", ""))
        text = text.replace(str(link["url"]), "" if is_added else str(link["expanded_url"]))
    return unescape(_ADDED.sub("", text))


def _next_page(page: Any) -> str | None:
    token = page.meta.get("next_token")
    return str(token) if token else None


def _all_not_found(errors: list[dict[str, Any]] | None) -> bool:
    kinds = [str(error["type"]) for error in errors or []]
    return bool(kinds) and all(kind.endswith("/resource-not-found") for kind in kinds)
