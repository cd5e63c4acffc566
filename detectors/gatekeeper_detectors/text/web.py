"""E-mail addresses and links in a text, with where they lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gatekeeper_detectors.text.cues import word_set
from gatekeeper_detectors.text.normalise import Folded

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])([A-Za-z0-9][A-Za-z0-9._%+'-]{0,63})@"
    r"((?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})"
)
_SPELLED_EMAIL = re.compile(
    r"\b([A-Za-z0-9][\w.+-]{0,63}) ?(?:\(at\)|\[at\]| at ) ?"
    r"([A-Za-z0-9-]{1,63}(?: ?(?:\(dot\)|\[dot\]| dot |\.) ?[A-Za-z0-9-]{2,24}){1,4})\b",
    re.IGNORECASE,
)
_DOT = re.compile(r" ?(?:\(dot\)|\[dot\]| dot |\.) ?", re.IGNORECASE)
_WITH_SCHEME = re.compile(r"(?:h[tx]{2}ps?|ftp)://[^\s<>\"]+", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![A-Za-z0-9@._/-])((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}"
    r"([A-Za-z]{2,24}))(?![A-Za-z0-9@-])(?::\d{1,5})?(/[^\s<>\"]*)?"
)
_ENDINGS = word_set(
    "uk com org net edu gov int info biz eu ie de fr es nl be ch at se dk fi pl pt cz gr ru cn jp "
    "kr br ca au nz za us co io ly gl gd gg tv fm cc ai app dev page site online website web blog "
    "shop store live link click xyz top club fun tech cloud space school academy education "
    "college london wales cymru scot wiki news media photos pictures gallery video social zone "
    "games kids charity foundation church community events tickets email group team example test "
    "youtu art click one world today im je tl ws"
)
"""Top-level domains that count where no scheme and no www stands before."""
_ALSO_WORDS = word_set("it is in so to me my am as no do by be at us art one world today")
"""Top-level domains that are words too: "Sunday.It was" is a slip of the space bar."""
_TAIL = ".,;:!?)]}'\"*_"


@dataclass(frozen=True, slots=True)
class Link:
    """A web address as written."""

    place: tuple[int, int]
    """Folded characters [start, end)."""
    host: str
    """Where a browser would go, in lower case and without port."""
    disguised: bool
    """Written so that people take it for another address."""


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address."""

    place: tuple[int, int]
    """Folded characters [start, end)."""
    name: str
    domain: str
    spelled_out: bool = False
    """Written as "name at domain dot com"."""


def find_emails(folded: Folded) -> Iterator[Email]:
    """E-mail addresses, also those spelled out, in reading order of each kind."""
    links = [match.span() for match in _WITH_SCHEME.finditer(folded.text)]
    for match in _EMAIL.finditer(folded.text):
        # In "https://school.example@evil.example" the @ belongs to the link.
        if not any(start <= match.start() < end for start, end in links):
            yield Email(match.span(), match[1].lower(), match[2].lower())
    for match in _SPELLED_EMAIL.finditer(folded.text):
        domain = _DOT.sub(".", match[2]).lower()
        # "More at oak.example" is a link: at or dot must be put in place of the sign.
        spelled = re.search(r"[(\[]at[)\]]|\bdot\b", match[0], re.IGNORECASE)
        if spelled and domain.rsplit(".", 1)[-1] in _ENDINGS - _ALSO_WORDS:
            yield Email(match.span(), match[1].lower(), domain, spelled_out=True)


def find_links(folded: Folded, text: str) -> Iterator[Link]:
    """Web addresses with a scheme, and bare domains; no e-mail addresses."""
    done = 0
    emails = [email.place for email in find_emails(folded)]
    for match in sorted(_candidates(folded.text), key=lambda each: each.start()):
        start = match.start()
        if start < done or any(left <= start < right for left, right in emails):
            continue
        shown = match[0].rstrip(_TAIL)
        done = start + len(shown)
        span = folded.span(start, done)
        yield _link((start, done), shown, text[slice(*span)])


def _candidates(text: str) -> Iterator[re.Match[str]]:
    yield from _WITH_SCHEME.finditer(text)
    for match in _BARE.finditer(text):
        ending, has_path = match[2], bool(match[3])
        usual = ending.lower() in _ENDINGS and ending.lower() not in _ALSO_WORDS
        if match[1].lower().startswith("www.") or usual or (has_path and ending.islower()):
            yield match


def _link(place: tuple[int, int], shown: str, original: str) -> Link:
    authority = re.split(r"[/?#]", re.sub(r"^\w+://", "", shown), maxsplit=1)[0]
    host = re.split(r"[@\\]", authority)[-1].rsplit(":", 1)[0].lower().strip(".")
    written = re.split(r"[/?#]", re.sub(r"^\w+://", "", original), maxsplit=1)[0]
    tricked = "@" in authority or "\\" in authority
    disguised = tricked or "xn--" in host or not written.isascii() or "%" in written
    return Link(place, host, disguised)


def is_within(host: str, domains: frozenset[str]) -> bool:
    """Is `host` one of the domains or below one?"""
    labels = host.split(".")
    return any(".".join(labels[place:]) in domains for place in range(len(labels)))
