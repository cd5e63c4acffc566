"""An approved text and its pictures as a WordPress post, and the way back.

WordPress reads much into a text: shortcodes in brackets, players for addresses, smileys, curly
quotes, long dashes. So every character that may mean something to it is written as a number,
and readers see exactly what was approved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser

MAX_TITLE = 80
_MEANS_SOMETHING = re.compile(r"[!-/:-@\[-`{-~]|(?<=\d)x(?=\d)|(?<=Word)p(?=ress)")
"""Punctuation; the x of "3x4", which would become a cross; WordPress's way with its own name."""


@dataclass(frozen=True)
class Uploaded:
    """One picture as the site has it."""

    media_id: int
    url: str
    alt: str


def title_of(text: str) -> str:
    """The first line of the text, cut after a word when it is long."""
    line = " ".join(text.strip().split("\n", 1)[0].split())
    if len(line) <= MAX_TITLE:
        return line
    return line[:MAX_TITLE].rsplit(" ", 1)[0] + "…"


def written(text: str) -> str:
    """The text as HTML in which WordPress finds nothing to change."""
    return _MEANS_SOMETHING.sub(lambda found: f"&#{ord(found[0])};", text)


def content_of(text: str, pictures: list[Uploaded]) -> str:
    """The post's content, in the blocks that WordPress's editor knows. A short text is all in
    the title, and is not said twice.
    """
    if title_of(text) == " ".join(text.split()):
        text = ""
    paragraphs = re.split(r"\n\s*\n", text.strip().replace("\r\n", "\n"))
    return "\n\n".join([*map(_paragraph, filter(None, paragraphs)), *map(_figure, pictures)])


def _paragraph(text: str) -> str:
    lines = "<br>".join(written(line) for line in text.split("\n"))
    return f"<!-- wp:paragraph -->\n<p>{lines}</p>\n<!-- /wp:paragraph -->"


def _figure(picture: Uploaded) -> str:
    number, url, alt = picture.media_id, escape(picture.url), written(picture.alt)
    return (
        f'<!-- wp:image {{"id":{number},"sizeSlug":"full","linkDestination":"none"}} -->\n'
        f'<figure class="wp-block-image size-full"><img src="{url}" alt="{alt}" '
        f'class="wp-image-{number}"/></figure>\n<!-- /wp:image -->'
    )


@dataclass
class Page(HTMLParser):
    """What a reader finds in a post's HTML."""

    text: str = ""
    pictures: list[str] = field(default_factory=list)
    """Addresses, in order."""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.text += "\n"
        if tag == "img":
            self.pictures.append(dict(attrs).get("src") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self.text += "\n\n"


def read_page(title: str, content: str, excerpt: str) -> Page:
    """A post as it is read. Its title counts only where it is not the text's own beginning."""
    page = Page()
    page.feed(content)
    page.close()
    page.text = page.text.strip()
    own = " ".join(unescape(title).split())
    heading = "" if own == title_of(page.text) else own
    page.text = "\n".join(filter(None, [heading, page.text, unescape(excerpt)]))
    return page
