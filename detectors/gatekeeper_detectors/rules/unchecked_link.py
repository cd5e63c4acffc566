"""Somebody looked at every website that the school links to (P15)."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.text.normalise import fold
from gatekeeper_detectors.text.parts import published_texts
from gatekeeper_detectors.text.web import Link, find_links, is_within
from gatekeeper_detectors.values import Case

_COST = " On X a tweet with a link costs several times more than one without."


class LinkOptions(Options):
    own_sites: tuple[str, ...] = ()
    """Websites that the school has checked, as oakfield.example; what is below them counts too."""


def _check(case: Case, options: LinkOptions) -> Iterator[Finding]:
    known = frozenset(_host(site) for site in options.own_sites)
    for text, field, photo in published_texts(case):
        folded = fold(text)
        for link in find_links(folded, text):
            action, message = _judge(link, known)
            if case.channel == "twitter":
                message += _COST
            span = folded.span(*link.place)
            yield RULE.finding(action, message, photo=photo, field=field, span=span)


def _host(site: str) -> str:
    return site.strip().lower().split("://")[-1].split("/")[0].removeprefix("www.")


def _judge(link: Link, known: frozenset[str]) -> tuple[Action, str]:
    if link.disguised:
        said = f"This link really leads to {link.host}: it is written to look like another."
        return Action.FLAG, said
    if is_within(link.host, known):
        return Action.NOTE, f"This links to {link.host}, which is on the school’s list."
    return Action.FLAG, f"This links to {link.host}, which is not on the school’s list."


RULE = Rule(
    id="unchecked-link",
    title="The text links to a website that is not on the school’s list",
    why="Staff check the content of any website they link to. Everything on it counts as the "
    "school’s recommendation, and an address can be written to look like another.",
    policy=("P15",),
    trips="“bit.ly/3xYz”, or “https://oakfield.example@evil.example”.",
    passes="“oakfield.example/news” when oakfield.example is on the list; a file called IMG_1.jpg.",
    mend="Open the page and read it. Leave the link out if it is not needed.",
    check=_check,
    options=LinkOptions,
)
