"""The school's account talks to nobody: no reply, no mention (P16)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.text.normalise import fold
from gatekeeper_detectors.text.parts import Part, published_texts
from gatekeeper_detectors.text.web import find_emails, find_links
from gatekeeper_detectors.values import Case

_MENTION = re.compile(r"(?<![A-Za-z0-9_@])@([A-Za-z0-9_]+)")


class DialogueOptions(Options):
    own_handles: tuple[str, ...] = ()
    """The school's own accounts, as @oakfieldprimary. Naming them is no dialogue."""


def _check(case: Case, options: DialogueOptions) -> Iterator[Finding]:
    own = {handle.strip().lstrip("@").lower() for handle in options.own_handles}
    # Only on X does an @ call somebody; elsewhere it is a word that a person may want to see.
    action = Action.REJECT if case.channel == "twitter" else Action.NOTE
    for part in published_texts(case):
        yield from _mentions(part, own, action)


def _mentions(part: Part, own: set[str], action: Action) -> Iterator[Finding]:
    folded = fold(part.text)
    taken = [link.place for link in find_links(folded, part.text)]
    taken += [email.place for email in find_emails(folded)]
    for match in _MENTION.finditer(folded.text):
        inside = any(start <= match.start() < end for start, end in taken)
        if inside or match[1].lower() in own:
            continue
        begins = not folded.text[: match.start()].strip(" .\t\n")
        span = folded.span(*match.span())
        yield _finding(part, part.text[slice(*span)], span, action, begins)


def _finding(
    part: Part, words: str, span: tuple[int, int], action: Action, begins: bool
) -> Finding:
    said = (
        f"A text that begins with “{words}” is a reply." if begins else f"“{words}” is a mention."
    )
    return RULE.finding(
        action,
        f"{said} The school does not talk to others on X.",
        photo=part.photo,
        field=part.field,
        span=span,
    )


RULE = Rule(
    id="dialogue",
    title="The text replies to somebody or mentions an account",
    why="Everyone can see a tweet, so the school enters no dialogue with anyone. On the website "
    "and in the parents’ area an @ calls nobody and is only noted.",
    policy=("P16",),
    trips="“@parent Thank you!” or “Thanks to @janesmith for the cakes” on X.",
    passes="“Write to office@oakfield.example”, or the school’s own @oakfieldprimary.",
    mend="Write it without the @: “Thank you to our parents”.",
    check=_check,
    options=DialogueOptions,
)
