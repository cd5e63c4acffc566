"""Nobody learns from a post where children will be, and when (G06)."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.text.names import index_of
from gatekeeper_detectors.text.normalise import fold
from gatekeeper_detectors.text.outings import find_outings
from gatekeeper_detectors.text.parts import published_texts
from gatekeeper_detectors.values import Case

_AWAY = "This tells everyone where children will be, and when."
_OPEN = "This tells everyone where and when to come. That is right for a public event at which "
_OPEN += "families look after their children."


class WhereaboutsOptions(Options):
    own_places: tuple[str, ...] = ()
    """Places of the school itself, as “Oakfield Hall”, which everybody knows anyway."""


def _check(case: Case, options: WhereaboutsOptions) -> Iterator[Finding]:
    classes = index_of(case.register).classes
    for text, field, photo in published_texts(case):
        folded = fold(text)
        for outing in find_outings(folded.text, case.today, classes, options.own_places):
            action = Action.NOTE if outing.invitation else Action.FLAG
            message = _OPEN if outing.invitation else _AWAY
            mend = "Nothing to mend if the public is invited." if outing.invitation else ""
            span = folded.span(*outing.place)
            yield RULE.finding(action, message, mend=mend, photo=photo, field=field, span=span)


RULE = Rule(
    id="whereabouts",
    title="The text says where children will be, and when",
    why="A future time with a place tells strangers where to find children. An event to which the "
    "school invites people must say where and when, and happens at school or with families "
    "there: that is only noted.",
    policy=("G06",),
    trips="“Year 5 will be at Elm Park next Tuesday at 2 pm.”",
    passes="“Sports day was great on Tuesday”; and an invitation, which is only noted: “Join us at "
    "our summer fair on 12 July, 1 pm, in the school hall”.",
    mend="Write about the outing when everybody is back: “Year 5 enjoyed a walk in the park”.",
    check=_check,
    options=WhereaboutsOptions,
)
