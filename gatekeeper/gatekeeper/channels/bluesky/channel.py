"""One Bluesky account as a channel, through atproto.

The place of a post's record is made from the post's id, so the same post has one place, and
creating does not overwrite: a second try cannot stand beside the first. It is found again by
looking there. The text is sent exactly as approved, without facets: links, mentions and hashtags
are words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from gatekeeper.channels.approved import fewest_characters, require_approved
from gatekeeper.channels.bluesky.record import (
    COLLECTION,
    content_id,
    pictures_in,
    post_record,
    record_key,
)
from gatekeeper.channels.bluesky.sessions import Sessions
from gatekeeper.channels.calls import Gone
from gatekeeper.channels.pictures import fetch_picture
from gatekeeper.channels.platform import Profile
from gatekeeper_queue.channel import (
    OutcomeUnknown,
    Outgoing,
    PermanentFailure,
    Receipt,
    RetryLater,
    Seen,
)

MAX_CHARACTERS = 300
MAX_TEXT_BYTES = 3000
MAX_PICTURES = 4
MAX_PICTURE_BYTES = 2_000_000
"""app.bsky.embed.images: 2 MB, formerly 1 MB; a server that is behind answers BlobTooLarge."""
MAX_ALT_TEXT = 2000
"""What the app lets people write; the record itself sets no limit."""
PLACE = re.compile(rf"at://(did:[a-z]+:[A-Za-z0-9._:%-]+)/{re.escape(COLLECTION)}/([2-7a-z]{{13}})")


class BlueskyChannel:
    """Implements `gatekeeper_queue.channel.Channel` for one Bluesky account.

    `server` is an https address, or http on this computer; else, or for keys that cannot be
    right, PermanentFailure. `timeout` is (to connect, to wait for bytes) in seconds. A post's
    references are its place (`at://...`) and the content ids of its pictures.
    """

    name = "bluesky"

    def __init__(
        self,
        server: str,
        handle: str,
        app_password: str,
        *,
        timeout: tuple[float, float] = (5.0, 30.0),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sessions: Sessions | None = None,
    ) -> None:
        from gatekeeper.channels.bluesky.http import BlueskyConnection

        self._bluesky = BlueskyConnection(
            server, handle, app_password, timeout, now, sessions or Sessions()
        )
        self._asking = self._bluesky.asking
        self._timeout = timeout
        self._now = now

    def prepare(self, item: Outgoing) -> tuple[str, ...]:
        """Upload the pictures; no page and no address shows one before a record refers to it.

        Raises PermanentFailure for a post that Bluesky would refuse or whose pictures are not
        the approved bytes.
        """
        _check(item)
        self._record_of(item)  # what cannot be built is found before anything is sent
        references = self._references(item, refused=PermanentFailure)
        for picture, expected in zip(item.pictures, references[1:], strict=True):
            with self._asking("to take a picture", lost=RetryLater):
                if self._bluesky.upload(picture.jpeg) != expected:
                    raise ValueError("other bytes arrived")
        return references

    def publish(self, item: Outgoing, references: tuple[str, ...]) -> Receipt:
        """Create the record. Raises OutcomeUnknown when the answer was lost, and also where a
        record is there already: an earlier try may have landed.
        """
        if references != self._references(item, refused=PermanentFailure):
            raise PermanentFailure("The pictures of this post were not put on Bluesky first.")
        place = references[0]
        did, key = _parts(place)
        record = self._record_of(item)
        with self._asking("to publish a post", lost=OutcomeUnknown):
            made = self._bluesky.create(did, key, record)
            if made != place:
                raise ValueError("made elsewhere")
        return _receipt(place)

    def find(self, item: Outgoing, references: tuple[str, ...]) -> Receipt | None:
        """Look where the post would be. Raises RetryLater when something else is there."""
        places = [one for one in references if PLACE.fullmatch(one)]
        if not places:
            raise RetryLater("Nothing is known of where this post would be on Bluesky.")
        for place in dict.fromkeys(places):
            record = self._record(place)
            if record is None:
                continue
            with self._asking("to look a post up", lost=RetryLater):
                ours = bool(shown := pictures_in(record)) and set(shown) <= set(references)
            if not ours:
                raise RetryLater("Another post is where this one would be. Look by hand.")
            return _receipt(place)
        return None

    def take_down(self, receipt: Receipt) -> None:
        """Delete the record; the server deletes pictures that no other record uses. One that is
        gone already is no error on Bluesky.
        """
        did, key = _parts(receipt.remote_id)
        if self._bluesky.account(refused=PermanentFailure) != did:
            raise PermanentFailure(
                "The post is in another account on Bluesky. Connect that one to take it down."
            )
        with self._asking("to delete a post", lost=RetryLater):
            self._bluesky.delete(did, key)

    def is_up(self, receipt: Receipt) -> bool:
        """Gone is what is neither in the account nor in what the Bluesky app shows."""
        if self._record(receipt.remote_id) is not None:
            return True
        with self._asking("whether people still see a post", lost=RetryLater, refused=RetryLater):
            posts = self._bluesky.read("app.bsky.feed.getPosts", uris=[receipt.remote_id])["posts"]
            return any(post["uri"] == receipt.remote_id for post in posts)

    def look(self, receipt: Receipt) -> Seen | None:
        """The record's text, and the content ids of its pictures."""
        record = self._record(receipt.remote_id)
        if record is None:
            if self.is_up(receipt):
                raise RetryLater("The post is gone from the account, but the app still shows it.")
            return None
        with self._asking("what a post says now", lost=RetryLater, refused=RetryLater):
            pictures = tuple(pictures_in(record)) if record.get("embed") else ()
            return Seen(str(record["text"]), references=pictures)

    def check_account(self) -> str:
        """Sign in with the app password; returns the account's handle."""
        handle = self._bluesky.sign_in(refused=PermanentFailure)
        did = self._bluesky.account(refused=PermanentFailure)
        # Signing in works for a deactivated account too; what it holds cannot be read.
        with self._asking("how the account looks", lost=RetryLater):
            if self._bluesky.read("app.bsky.actor.getProfile", actor=did)["did"] != did:
                raise ValueError("another account")
        return handle

    def profile(self) -> Profile:
        """How the account looks to people. Raises PermanentFailure for refused keys, and
        RetryLater when it could not be looked at.
        """
        did = self._bluesky.account(refused=PermanentFailure)
        with self._asking("how the account looks", lost=RetryLater):
            seen = self._bluesky.read("app.bsky.actor.getProfile", actor=did)
            url = seen.get("avatar")
            picture = fetch_picture(str(url), self._bluesky.server, self._timeout) if url else None
            hidden = any(label["val"] == "!no-unauthenticated" for label in seen.get("labels", []))
            name = str(seen.get("displayName") or "")
            return Profile(str(seen["handle"]), name, hidden, picture)

    def close(self) -> None:
        """Be done with it; no connection is kept open between calls anyway."""
        self._bluesky.close()

    def _record_of(self, item: Outgoing) -> Any:
        try:
            return post_record(item, self._now())
        except (OSError, ValueError):
            raise PermanentFailure("A picture cannot be read. It was not sent.") from None

    def _references(
        self, item: Outgoing, refused: type[PermanentFailure | RetryLater]
    ) -> tuple[str, ...]:
        did = self._bluesky.account(refused)
        place = f"at://{did}/{COLLECTION}/{record_key(item.post_id)}"
        if not PLACE.fullmatch(place):
            raise RetryLater("Bluesky gave no account that can be used.")
        return (place, *(content_id(picture.sha256) for picture in item.pictures))

    def _record(self, place: str) -> Any | None:
        """What is at a place; None when Bluesky says that nothing is."""
        did, key = _parts(place)
        self._bluesky.account(refused=RetryLater)
        look = self._asking(
            "to look a post up", lost=RetryLater, refused=RetryLater, about_a_post=True
        )
        try:
            with look:
                found = self._bluesky.read(
                    "com.atproto.repo.getRecord", repo=did, collection=COLLECTION, rkey=key
                )
                if found["uri"] != place:
                    raise ValueError("another record")
                return found["value"]
        except Gone:
            return None


def _check(item: Outgoing) -> None:
    require_approved(
        item,
        "Bluesky",
        pictures=MAX_PICTURES,
        picture_bytes=MAX_PICTURE_BYTES,
        alt_text=MAX_ALT_TEXT,
    )
    if fewest_characters(item.text) > MAX_CHARACTERS or len(item.text.encode()) > MAX_TEXT_BYTES:
        raise PermanentFailure(
            f"The text is too long: Bluesky takes {MAX_CHARACTERS} characters, and counts each "
            "character of a link."
        )


def _parts(place: str) -> tuple[str, str]:
    match = PLACE.fullmatch(place)
    if match is None:
        raise PermanentFailure("That is not the place of a post on Bluesky.")
    return match[1], match[2]


def _receipt(place: str) -> Receipt:
    did, key = _parts(place)
    return Receipt(place, f"https://bsky.app/profile/{did}/post/{key}")
