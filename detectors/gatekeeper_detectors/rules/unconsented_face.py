"""No picture leaves with a child in it whose family has not said yes (P01)."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper_detectors.faces.words import place
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.values import Answer, Case, Decision, Pupil


def _check(case: Case, options: Options) -> Iterator[Finding]:
    for index, photo in enumerate(case.photos):
        for face in photo.faces or ():
            if face.decision(case.register) is Decision.NOT_CONSENTED:
                pupil = case.register.pupil_by_id[face.refused_as(case.register)]
                message = _message(pupil, case.channel)
                yield RULE.finding(Action.REJECT, message, photo=index, box=face.box)
            elif face.said:
                for who, person_id in (("machine", face.matched), ("author", face.claimed)):
                    if case.register.decision_on(person_id) is Decision.NOT_CONSENTED:
                        message = _doubt(who, case.register.pupil_by_id[person_id])
                        yield RULE.finding(Action.FLAG, message, photo=index, box=face.box)


def _doubt(who: str, pupil: Pupil) -> str:
    return (
        f"The {who} takes this face for {pupil.full_name}, who may not be shown, although a "
        "reviewer said that it is not."
    )


def _message(pupil: Pupil, channel: str) -> str:
    """Says what kind of answer it is; an answer taken back counts as a no."""
    if pupil.group is Answer.NO:
        return (
            f"{pupil.full_name} is in this picture. The family does not allow pictures "
            f"{place(channel)} (they said no, or have taken their permission back)."
        )
    return (
        f"{pupil.full_name} is in this picture. There is no permission for pictures "
        f"{place(channel)} (the family has not answered, or the permission has run out)."
    )


RULE = Rule(
    id="unconsented-face",
    title="A child in the picture has no permission for this channel",
    why="Parents permit in writing before a picture of their child is put anywhere.",
    policy=("P01",),
    trips="A group of five; the family of one of them said no to Twitter.",
    passes="The same picture for the website, to which all five families said yes.",
    mend=(
        "Choose another picture, or crop or cover the child so that nobody can tell who it is. "
        "If you think the permission has changed, ask the office to look it up."
    ),
    check=_check,
    guards_child=True,
    about_people=True,
)
