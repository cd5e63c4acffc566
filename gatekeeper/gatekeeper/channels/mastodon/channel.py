"""One Mastodon account as a channel, through Mastodon.py.

Two things keep a post from going up twice. The post's id is its idempotency key: for an hour the
server answers a second try with the post of the first. And the ids of the uploaded pictures are
the fingerprint by which it is found again at any time. The text is sent exactly as approved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from gatekeeper.channels.addresses import may_be_asked
from gatekeeper.channels.approved import fewest_counted, require_approved
from gatekeeper.channels.calls import Gone
from gatekeeper.channels.mastodon.entities import Limits, Media, covers, id_of
from gatekeeper.channels.pictures import fetch_picture
from gatekeeper.channels.platform import Profile
from gatekeeper_queue.channel import (
    ChannelError,
    OutcomeUnknown,
    Outgoing,
    OutgoingPicture,
    PermanentFailure,
    Receipt,
    RetryLater,
    Seen,
)

PAGE = 40
MAX_PAGES = 8
LOOK_BACK = timedelta(hours=1)
"""How long before its first picture was uploaded a post is still looked for: clocks differ."""
MAX_UPLOAD_AGE = timedelta(days=60)
PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between looks at a picture that the server has not finished with."""
NEEDED = ("read:accounts", "read:statuses", "write:media", "write:statuses")


class _Unsaid(PermanentFailure):
    """The server does not tell that about itself."""


class MastodonChannel:
    """Implements `gatekeeper_queue.channel.Channel` for one Mastodon account.

    `server` is an https address, or http on this computer; else, or for a token that cannot be
    one, PermanentFailure. `timeout` is (to connect, to wait for bytes) in seconds. An uploaded
    picture that no post uses yet is in no list and at an address that nobody can guess; the
    server deletes it after a day.
    """

    name = "mastodon"

    def __init__(
        self,
        server: str,
        access_token: str,
        *,
        timeout: tuple[float, float] = (5.0, 30.0),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        from gatekeeper.channels.mastodon.http import MastodonConnection

        self._mastodon = MastodonConnection(server, access_token, timeout, now)
        self._client, self._asking = self._mastodon.client, self._mastodon.asking
        self._now = now
        self._wait = wait

    def prepare(self, item: Outgoing) -> tuple[str, ...]:
        """Upload the pictures with their alt texts; returns their ids, in order.

        Raises PermanentFailure for a post that the server would refuse or whose pictures are
        not the approved bytes.
        """
        limits = self._limits()
        require_approved(
            item,
            "Mastodon",
            pictures=limits.pictures,
            picture_bytes=limits.picture_bytes,
            alt_text=limits.alt_text,
        )
        if fewest_counted(item.text) > limits.characters:
            raise PermanentFailure(
                f"The text is too long: this server takes {limits.characters} characters."
            )
        return tuple(self._upload(picture) for picture in item.pictures)

    def publish(self, item: Outgoing, references: tuple[str, ...]) -> Receipt:
        """Post the text with the uploaded pictures, for everybody to see.

        Raises OutcomeUnknown when the answer was lost. A post that went up without its pictures
        or alt texts is deleted at once: PermanentFailure.
        """
        if not references or len(references) != len(item.pictures):
            raise PermanentFailure("The pictures of this post were not put on Mastodon first.")
        try:
            # "Not found" is how Mastodon answers for the key of a post that was deleted.
            with self._asking("to publish a post", lost=OutcomeUnknown, about_a_post=True):
                status = self._client.status_post(
                    item.text,
                    media_ids=list(references),
                    sensitive=False,
                    visibility="public",
                    idempotency_key=item.post_id,
                )
                receipt = self._receipt(status)
                shown = [Media.of(media).alt for media in status.media_attachments]
        except Gone:
            raise PermanentFailure(
                "It was on Mastodon already and was deleted there by hand. It was not sent again."
            ) from None
        if shown != [picture.alt.strip() for picture in item.pictures]:
            self._take_back(receipt)
        return receipt

    def find(self, item: Outgoing, references: tuple[str, ...]) -> Receipt | None:
        """Look through the account's posts since the upload for one with these pictures."""
        keys = set(references)
        if not keys:
            raise RetryLater("A post without pictures cannot be told apart on Mastodon.")
        for status in self._posts_since(self._since(references)):
            with self._asking("to list the account's posts", lost=RetryLater):
                if keys & {str(media.id) for media in status.media_attachments}:
                    return self._receipt(status)
        return None

    def take_down(self, receipt: Receipt) -> None:
        """Delete the post and its pictures."""
        try:
            with self._asking("to delete a post", lost=RetryLater, about_a_post=True):
                self._client.status_delete(receipt.remote_id, delete_media=True)
        except Gone:
            return

    def is_up(self, receipt: Receipt) -> bool:
        """Look the post up. Only Mastodon's own "not found" counts as gone."""
        return self._status(receipt) is not None

    def look(self, receipt: Receipt) -> Seen | None:
        """Its pictures and, where somebody has edited it since, its text and content warning."""
        status = self._status(receipt)
        if status is None:
            return None
        with self._asking("what a post says now", lost=RetryLater, refused=RetryLater):
            pictures = tuple(str(media.id) for media in status.media_attachments)
            if not getattr(status, "edited_at", None):
                return Seen(references=pictures)
            now = self._client.status_source(receipt.remote_id)
            return Seen(f"{now.spoiler_text} {now.text}".strip(), references=pictures)

    def check_account(self) -> str:
        """The account's address without the first @, as in `school@mastodon.social`.

        Raises PermanentFailure for a token that is refused or may not do what is needed.
        """
        me = self._me(refused=PermanentFailure)
        granted = self._granted()
        missing = [scope for scope in NEEDED if granted and not covers(granted, scope)]
        if missing:
            raise PermanentFailure(
                f"The access token lacks permissions: {', '.join(missing)}. Tick them in the "
                "application on the server, save, and regenerate the access token."
            )
        return f"{me.username}@{urlsplit(self._mastodon.server).netloc}"

    def profile(self) -> Profile:
        """How the account looks to people. Raises PermanentFailure for a refused token, and
        RetryLater when it could not be looked at.
        """
        me = self._me(refused=PermanentFailure)
        with self._asking("how the account looks", lost=RetryLater):
            url = str(me.avatar_static)
            picture = None
            if not url.endswith("/missing.png"):
                picture = fetch_picture(url, self._mastodon.server, self._mastodon.timeout)
            # Even where followers have to be let in, the posts are public: `publish` says so.
            return Profile(str(me.username), str(me.display_name), False, picture)

    def close(self) -> None:
        """Close the connections that are kept open to the server."""
        self._mastodon.close()

    def _status(self, receipt: Receipt) -> Any | None:
        look = self._asking(
            "to look a post up", lost=RetryLater, refused=RetryLater, about_a_post=True
        )
        try:
            with look:
                status = self._client.status(receipt.remote_id)
                if str(status.id) != receipt.remote_id:
                    raise ValueError("another post")
                return status
        except Gone:
            return None

    def _granted(self) -> list[str]:
        """What the token may do; empty where a server does not say (before Mastodon 4.3)."""
        try:
            with self._asking("what the token may do", lost=RetryLater, refused=_Unsaid):
                scopes = getattr(self._client.app_verify_credentials(), "scopes", None)
                return [str(scope) for scope in scopes or ()]
        except _Unsaid:
            return []

    def _limits(self) -> Limits:
        """The server's own, or Mastodon's where a server does not say."""
        try:
            with self._asking("what it takes", lost=RetryLater, refused=_Unsaid):
                return Limits.of(self._client.instance_v2())
        except _Unsaid:
            return Limits()

    def _upload(self, picture: OutgoingPicture) -> str:
        with self._asking("to take a picture", lost=RetryLater):
            media = Media.of(
                self._client.media_post(
                    picture.jpeg,
                    mime_type="image/jpeg",
                    description=picture.alt or None,
                    # The name is always the same: a file name may name a child.
                    file_name="picture.jpg",
                )
            )
        for pause in PAUSES:
            if media.ready:
                break
            self._wait(pause)
            with self._asking("whether a picture is ready", lost=RetryLater):
                media = Media.of(self._client.media(media.id))
        if not media.ready:
            raise RetryLater("Mastodon has not finished with a picture yet.")
        if media.kind != "image" or media.alt != picture.alt.strip():
            raise PermanentFailure("Mastodon did not keep a picture with its alt text.")
        return media.id

    def _take_back(self, receipt: Receipt) -> None:
        what = "Mastodon put the post up without all of its pictures and alt texts"
        try:
            self.take_down(receipt)
        except ChannelError as error:
            raise OutcomeUnknown(f"{what}, and could not be asked to delete it.") from error
        raise PermanentFailure(f"{what}. It was deleted at once.")

    def _posts_since(self, since: str | None) -> Iterator[Any]:
        """The account's posts with pictures, newest first. Raises RetryLater when the list
        cannot be read to its end.
        """
        me, last = self._me(refused=RetryLater), None
        for _ in range(MAX_PAGES):
            asked = "to list the account's posts"
            with self._asking(asked, lost=RetryLater, refused=RetryLater):
                page = self._client.account_statuses(
                    me.id,
                    only_media=True,
                    exclude_reblogs=True,
                    max_id=last,
                    since_id=since,
                    limit=PAGE,
                )
                self._mastodon.require_list()
                last = id_of(page[-1].id) if page else None
            # A page may be short although others follow: only an empty one is the end.
            if last is None:
                return
            yield from page
        raise RetryLater("The account has too many newer posts to be sure. Look by hand.")

    def _me(self, refused: type[PermanentFailure | RetryLater]) -> Any:
        with self._asking("who the account is", lost=RetryLater, refused=refused):
            me = self._client.account_verify_credentials()
            if not id_of(me.id) or not me.username:
                raise ValueError("not an account")
            return me

    def _since(self, references: tuple[str, ...]) -> str | None:
        """A post is younger than its pictures, and Mastodon's ids are milliseconds shifted left
        by 16 bits (lib/mastodon/snowflake.rb). None for ids of another kind.
        """
        try:
            milliseconds = min(int(reference) >> 16 for reference in references)
            uploaded = datetime.fromtimestamp(milliseconds / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return None
        if not -LOOK_BACK <= self._now() - uploaded <= MAX_UPLOAD_AGE:
            return None
        return str((milliseconds - int(LOOK_BACK.total_seconds() * 1000)) << 16)

    def _receipt(self, status: Any) -> Receipt:
        number, url, server = id_of(status.id), str(status.url), self._mastodon.server
        return Receipt(
            number, url if may_be_asked(url, server) else f"{server}/web/statuses/{number}"
        )
