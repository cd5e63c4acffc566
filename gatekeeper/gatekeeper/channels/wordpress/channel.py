"""One WordPress site as a channel, over its REST API, as a user with the role Author.

How a post gets there exactly once, and nothing is left behind:

- `prepare` makes a draft with a title of ours and nothing else. Its id is the reference.
- `publish` uploads the pictures as parts of that draft, then writes text, pictures and the
  status "publish" in one call. Until then WordPress shows visitors neither the draft nor its
  pictures; a picture's file could be fetched by its address, but that is made from the post's
  id, which nobody outside can guess.
- `find` either sees that call's work, a draft with content, or deletes the draft with whatever
  is attached to it. WordPress refuses to publish a draft that is deleted, or to attach a picture
  to it: once `find` has answered None no earlier try can land, however late.

That is why the queue's claim on the post is enough, although WordPress gives one slug to two
drafts: a worker that lost its claim holds the id of a draft that is gone. Two that prepare at
once may leave a draft over, which nobody sees, with no picture and no text in it.

The slug `gk-<post>` finds again what a lost answer was about. A picture's slug,
`gk-<post>-<draft>-<n>`, belongs to one try, so that clearing it cannot touch another's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256

from gatekeeper.channels.approved import require_approved
from gatekeeper.channels.calls import Gone
from gatekeeper.channels.wordpress.holdings import (
    MEDIA_FIELDS,
    POST_FIELDS,
    TRASH,
    Draft,
    Holdings,
    RemoteMedia,
    RemotePost,
    field_in,
    media_in,
    number_in,
    post_in,
)
from gatekeeper.channels.wordpress.http import MAX_PICTURE, ROLE, WordPressKeys, WordPressSite
from gatekeeper.channels.wordpress.page import Uploaded, content_of, read_page, title_of, written
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
from gatekeeper_queue.submissions import MAX_PHOTOS

WAITING = "Gatekeeper has not published this yet"
"""The title of a draft until it is published."""
NEEDED = (
    "edit_posts",
    "edit_published_posts",
    "publish_posts",
    "delete_posts",
    "delete_published_posts",
    "upload_files",
)
"""What the role Author may do in WordPress; all of it is used."""
MAX_ALT_TEXT = 2000
"""Characters; WordPress itself has no limit."""
SILENT = {"comment_status": "closed", "ping_status": "closed"}
"""No dialogue with anyone (P16)."""


class WordPressChannel:
    """Implements `gatekeeper_queue.channel.Channel` for one WordPress site.

    Raises PermanentFailure for keys that cannot be right. `timeout` is (to connect, to wait
    for bytes) in seconds.
    """

    name = "wordpress"

    def __init__(
        self,
        keys: WordPressKeys,
        *,
        timeout: tuple[float, float] = (5.0, 30.0),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._site = WordPressSite(keys, timeout, now)
        self._holdings = Holdings(self._site)

    def prepare(self, item: Outgoing) -> tuple[str, ...]:
        """Make a draft, or take the one that an earlier try left; returns its id.

        A post that is published under this slug is taken as well, so that a queue that has
        forgotten it, as after a restored copy of its database, does not publish it twice. Raises
        PermanentFailure for pictures that are not the approved bytes.
        """
        _check(item)
        slug = _slug(item)
        with _later(OutcomeUnknown):
            found = [post for post in self._holdings.posts(slug) if post.status != TRASH]
            found.sort(key=lambda post: not post.was_published)
            if found:
                return (str(found[0].id),)
            words = {"status": "draft", "slug": slug, "title": WAITING, **SILENT}
            query = {"_fields": "id"}
            made = self._site.ask("to make a draft", "POST", "posts", query, json=words)
            return (str(number_in(made)),)

    def publish(self, item: Outgoing, references: tuple[str, ...]) -> Receipt:
        """Upload the pictures and publish the draft with them.

        What is refused is removed again before the refusal is passed on. Where that cannot be
        done now the outcome is unknown, and `find` does it.
        """
        _check(item)
        drafts = _drafts(_slug(item), references)
        if len(drafts) != 1:
            raise PermanentFailure("This post was not prepared in WordPress.")
        draft = drafts[0]
        try:
            return self._publish(item, draft)
        except Gone:
            self._undo(draft)
            raise RetryLater("The draft in WordPress was removed meanwhile.") from None
        except (PermanentFailure, RetryLater):
            self._undo(draft)
            raise

    def find(self, item: Outgoing, references: tuple[str, ...]) -> Receipt | None:
        """The published post of any of these tries. Where there is none, what they left is
        removed, so that none of them can land after this has answered None.

        One that was published and is in the bin counts as found: a person put it there, and it
        must not go out again.
        """
        slug = _slug(item)
        with _later(PermanentFailure, OutcomeUnknown):
            tries: dict[Draft, RemotePost | None] = {
                Draft(slug, post.id): post for post in self._holdings.posts(slug)
            }
            for draft in _drafts(slug, references):
                if draft not in tries:
                    tries[draft] = self._holdings.post(draft)
            for draft, post in tries.items():
                if post is not None and post.was_published:
                    urls = [media.url for media in self._holdings.media(draft, post)]
                    return _receipt(draft, post, urls)
            for draft, post in tries.items():
                self._holdings.clear(draft, post)
            return None

    def take_down(self, receipt: Receipt) -> None:
        """Delete the pictures with their files, then the post; nothing goes to the bin."""
        draft, _ = _read(receipt)
        with _later(OutcomeUnknown):
            self._holdings.clear(draft, self._holdings.post(draft))

    def is_up(self, receipt: Receipt) -> bool:
        """Is anything of it left: the post outside the bin, a picture in the library, or a file
        that visitors are shown all the same, as from a cache?
        """
        draft, urls = _read(receipt)
        with _later(PermanentFailure, OutcomeUnknown):
            post = self._holdings.post(draft)
            in_use = post is not None and post.status != TRASH
            return in_use or self._pictures_left(draft, post, urls)

    def look(self, receipt: Receipt) -> Seen | None:
        """The post as visitors read it, and the bytes of each picture that it shows, none for one
        that cannot be had. Where it is hidden or in the bin nothing is read, but its pictures can
        still be fetched.
        """
        draft, urls = _read(receipt)
        with _later(PermanentFailure, OutcomeUnknown):
            post = self._holdings.post(draft)
            if post is None or post.status == TRASH:
                return Seen("", ()) if self._pictures_left(draft, post, urls) else None
            if post.status != "publish":
                return Seen("", ())
            page = read_page(post.title, post.content, post.excerpt)
            shown = [self._site.picture(url) or b"" for url in page.pictures]
            return Seen(page.text, tuple(sha256(picture).hexdigest() for picture in shown))

    def check_account(self) -> str:
        """The user and the site, as `gatekeeper@www.oak.example`.

        Raises PermanentFailure, with what to do, for refused keys, for a user who may do too
        little, and for one who may change what others wrote: a stolen key must not reach the
        rest of the site.
        """
        with _later(OutcomeUnknown):
            query = {"context": "edit", "_fields": "id,username,capabilities"}
            me = self._site.ask("who the user is", "GET", "users/me", query)
            user, may = field_in(me, "username"), field_in(me, "capabilities")
        if not isinstance(may, dict) or not all(may.get(name) is True for name in NEEDED):
            raise PermanentFailure(f"This WordPress user may not do enough. {ROLE}")
        if may.get("edit_others_posts"):
            raise PermanentFailure(f"This WordPress user may change what others wrote. {ROLE}")
        return f"{user}@{self._site.address.partition('://')[2]}"

    def _publish(self, item: Outgoing, draft: Draft) -> Receipt:
        pictures = self._upload_all(item, draft)
        words = {
            "status": "publish",
            "slug": draft.slug,
            "title": written(title_of(item.text)),
            "content": content_of(item.text, pictures),
            **SILENT,
        }
        route, query = f"posts/{draft.id}", {"context": "edit", "_fields": POST_FIELDS}
        post = post_in(self._site.ask("to publish a post", "POST", route, query, json=words))
        if post.status != "publish":
            raise PermanentFailure(
                "The site keeps this user's posts back instead of publishing them. "
                f"{ROLE} If it has that role, a plug-in holds its posts."
            )
        return _receipt(draft, post, [picture.url for picture in pictures])

    def _upload_all(self, item: Outgoing, draft: Draft) -> list[Uploaded]:
        media = [self._upload(draft, *one) for one in enumerate(item.pictures, 1)]
        if not _named(draft, media):
            # `prepare` found the post published, and its pictures have the slugs.
            self._holdings.clear_media(draft, self._holdings.post(draft))
            media = [self._upload(draft, *one) for one in enumerate(item.pictures, 1)]
        if not _named(draft, media):
            raise PermanentFailure(
                "The site changes the slugs of pictures, so that Gatekeeper could not be sure to "
                "find them again. Ask the technician which plug-in does that."
            )
        pairs = zip(media, item.pictures, strict=True)
        return [Uploaded(one.id, one.url, picture.alt) for one, picture in pairs]

    def _upload(self, draft: Draft, number: int, picture: OutgoingPicture) -> RemoteMedia:
        name = draft.picture(number)
        words = {
            "post": str(draft.id),
            "slug": name,
            "title": written(picture.alt),
            "alt_text": picture.alt,
            **SILENT,
        }
        answer = self._site.ask(
            "to take a picture",
            "POST",
            "media",
            {"_fields": MEDIA_FIELDS},
            gone="rest_cannot_edit",  # so WordPress words that there is no such draft
            data=words,
            files={"file": (f"{name}.jpg", picture.jpeg, "image/jpeg")},
        )
        return media_in(answer)

    def _pictures_left(self, draft: Draft, post: RemotePost | None, urls: list[str]) -> bool:
        if self._holdings.media(draft, post):
            return True
        return any(self._site.picture(url) is not None for url in urls)

    def _undo(self, draft: Draft) -> None:
        try:
            self._holdings.clear(draft, self._holdings.post(draft))
        except ChannelError as error:
            raise OutcomeUnknown(
                f"A post was refused, and what was sent of it may still be on the site. {error}"
            ) from None


@contextmanager
def _later(*kinds: type[ChannelError]) -> Iterator[None]:
    """Around calls that may simply be made again, where these mean no more than that."""
    try:
        yield
    except kinds as error:
        raise RetryLater(str(error)) from None


def _check(item: Outgoing) -> None:
    require_approved(
        item, "WordPress", pictures=MAX_PHOTOS, picture_bytes=MAX_PICTURE, alt_text=MAX_ALT_TEXT
    )


def _slug(item: Outgoing) -> str:
    if not re.fullmatch(r"[0-9a-z]+(-[0-9a-z]+)*", item.post_id):
        raise PermanentFailure("WordPress would not keep this post's id as it is.")
    return f"gk-{item.post_id}"


def _drafts(slug: str, references: tuple[str, ...]) -> list[Draft]:
    if not all(reference.isdecimal() for reference in references):
        raise PermanentFailure("What was prepared for this post is not a draft in WordPress.")
    return [Draft(slug, number) for number in sorted({int(one) for one in references})]


def _named(draft: Draft, media: list[RemoteMedia]) -> bool:
    return all(one.slug == draft.picture(number) for number, one in enumerate(media, 1))


def _receipt(draft: Draft, post: RemotePost, urls: list[str]) -> Receipt:
    return Receipt(" ".join([str(draft.id), draft.slug, *urls]), post.link)


def _read(receipt: Receipt) -> tuple[Draft, list[str]]:
    number, slug, *urls = receipt.remote_id.split(" ")
    return Draft(slug, int(number)), urls
