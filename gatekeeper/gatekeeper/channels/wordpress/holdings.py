"""What a WordPress site holds of one post: looked up, and removed so that nothing is left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatekeeper.channels.calls import Gone
from gatekeeper.channels.wordpress.http import WordPressSite
from gatekeeper_queue.channel import OutcomeUnknown
from gatekeeper_queue.submissions import MAX_PHOTOS

POST_FIELDS = "id,slug,status,author,link,title.raw,content.raw,excerpt.raw"
MEDIA_FIELDS = "id,slug,author,source_url"
TRASH = "trash"


@dataclass(frozen=True)
class Draft:
    """One try to publish one post; everything of it on the site is known by these two."""

    slug: str
    """The post's, `gk-<post>`."""
    id: int

    def picture(self, number: int) -> str:
        """The slug of a picture, and the name of its file."""
        return f"{self.slug}-{self.id}-{number}"


@dataclass(frozen=True)
class RemotePost:
    """A post as WordPress stores it."""

    id: int
    slug: str
    status: str
    author: int
    link: str
    title: str
    content: str
    excerpt: str

    @property
    def was_published(self) -> bool:
        """Content is written by the very call that publishes."""
        return bool(self.content)


@dataclass(frozen=True)
class RemoteMedia:
    """A picture in the site's library."""

    id: int
    slug: str
    author: int
    url: str
    """Of its file."""


class Holdings:
    """Looks up and removes what one user has on one site. Raises what `WordPressSite.ask` does."""

    def __init__(self, site: WordPressSite) -> None:
        self._site = site

    def posts(self, slug: str) -> list[RemotePost]:
        """Every post with this slug, whatever its status, the oldest first."""
        # WordPress adds a number to a slug that is taken, and a word to one in the bin.
        slugs = f"{slug},{slug}-2,{slug}-3,{slug}__trashed"
        query = {"slug": slugs, "status": f"any,{TRASH}"}
        return [post_in(one) for one in self._list("posts", POST_FIELDS, query)]

    def post(self, draft: Draft) -> RemotePost | None:
        """The post with this id; None when it is gone, or when its id is another post's now, as
        after the site was restored from a copy.
        """
        query = {"context": "edit", "_fields": POST_FIELDS}
        try:
            post = post_in(self._site.ask("to look a post up", "GET", f"posts/{draft.id}", query))
        except Gone:
            return None
        another = post.slug.startswith("gk-") and not post.slug.startswith(draft.slug)
        return None if another else post

    def media(self, draft: Draft, post: RemotePost | None) -> list[RemoteMedia]:
        """The pictures of one try: those of the post's author that are attached to it, where it
        is there, and those with the try's slugs, for where somebody has deleted it or put its
        pictures elsewhere.
        """
        slugs = ",".join(draft.picture(number) for number in range(1, MAX_PHOTOS + 1))
        found = self._list("media", MEDIA_FIELDS, {"slug": slugs})
        if post is not None:
            attached = {"parent": post.id, "author": post.author}
            found += self._list("media", MEDIA_FIELDS, attached)
        return list({one.id: one for one in map(media_in, found)}.values())

    def clear(self, draft: Draft, post: RemotePost | None) -> None:
        """Remove one try: its pictures first, since those can be seen, then the post."""
        self.clear_media(draft, post)
        if post is not None:
            self._delete("posts", post.id)
            self.clear_media(draft, None)  # what was on its way while the draft was deleted

    def clear_media(self, draft: Draft, post: RemotePost | None) -> None:
        """Delete the pictures of one try, and their files."""
        for media in self.media(draft, post):
            self._delete("media", media.id)

    def _delete(self, kind: str, number: int) -> None:
        query = {"force": "true", "_fields": "deleted"}
        try:
            answer = self._site.ask("to delete what it had", "DELETE", f"{kind}/{number}", query)
        except Gone:
            return
        if field_in(answer, "deleted") is not True:
            raise OutcomeUnknown("WordPress was asked to delete something and did not say so.")

    def _list(self, kind: str, fields: str, query: Mapping[str, str | int]) -> list[dict[str, Any]]:
        # Only a signed-in user may ask in this context. Without it, WordPress takes one whose
        # password was revoked for a visitor and lists what visitors see, as if that were all.
        signed_in = {**query, "context": "edit", "per_page": 100, "orderby": "id", "order": "asc"}
        found = self._site.ask("what it has", "GET", kind, {**signed_in, "_fields": fields})
        if not isinstance(found, list):
            raise _unreadable()
        return found


def post_in(answer: Any) -> RemotePost:
    """A post from an answer. Raises OutcomeUnknown where it is not one."""
    raw = [field_in(field_in(answer, name), "raw") for name in ("title", "content", "excerpt")]
    slug, status = field_in(answer, "slug"), field_in(answer, "status")
    if not all(isinstance(text, str) for text in (slug, status, *raw)):
        raise _unreadable()
    number, author = number_in(answer), number_in(answer, "author")
    return RemotePost(number, slug, status, author, _url_in(answer, "link"), *raw)


def media_in(answer: Any) -> RemoteMedia:
    """A picture from an answer. Raises OutcomeUnknown where it is not one."""
    number, author = number_in(answer), number_in(answer, "author")
    slug, url = field_in(answer, "slug"), _url_in(answer, "source_url")
    return RemoteMedia(number, str(slug), author, url)


def number_in(answer: Any, name: str = "id") -> int:
    """An id in an answer. Raises OutcomeUnknown where there is none."""
    number = field_in(answer, name)
    if not isinstance(number, int) or number < 0:
        raise _unreadable()
    return number


def field_in(answer: Any, name: str) -> Any:
    """One field of an answer. Raises OutcomeUnknown where there is none."""
    if not isinstance(answer, dict) or name not in answer:
        raise _unreadable()
    return answer[name]


def _url_in(answer: Any, name: str) -> str:
    url = field_in(answer, name)
    if not isinstance(url, str) or not re.fullmatch(r"https?://\S+", url):
        raise _unreadable()
    return url


def _unreadable() -> OutcomeUnknown:
    return OutcomeUnknown("WordPress gave an answer that could not be read.")
