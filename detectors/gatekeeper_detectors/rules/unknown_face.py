"""A face that nobody has put a name to cannot be checked against the permissions (P01)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.faces.words import place
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import DidNotRun, Options, Rule
from gatekeeper_detectors.values import (
    NOBODY,
    RECOGNISABLE_PX,
    Answer,
    Case,
    Decision,
    Face,
    Register,
)


class UnknownFaceOptions(Options):
    look_alike: float = Field(default=Thresholds().loose, gt=0)
    """Up to this distance a resemblance is worth a word. Half of all children are this
    close to each other, so it says only "look twice"."""


def _check(case: Case, options: UnknownFaceOptions) -> Iterator[Finding]:
    for index, photo in enumerate(case.photos):
        for face in photo.faces or ():
            if face.decision(case.register) is not Decision.UNKNOWN:
                continue
            if not face.recognisable:
                yield RULE.finding(
                    Action.NOTE, _too_small(face), mend="Nothing to do.", photo=index, box=face.box
                )
                continue
            message = _why(face, case.register) + _warning(face, case, options.look_alike)
            mend = _CONFIRM if face.claimed and not face.said else ""
            yield RULE.finding(Action.FLAG, message, mend=mend, photo=index, box=face.box)
    for photo in case.photos:
        # Without a clean picture nothing can leave, and `unreadable-picture` says so.
        if photo.clean is not None and photo.faces is None:
            raise DidNotRun(photo.faces_problem or "the search for faces did not finish")


_CONFIRM = "Nothing to do but wait. If it is not right, say again who it is."


def _too_small(face: Face) -> str:
    return (
        f"This face is {face.box.height} pixels high. Nobody can be recognised in fewer than "
        f"{RECOGNISABLE_PX}, so nobody has to say whose it is."
    )


def _why(face: Face, register: Register) -> str:
    if face.claimed and not face.said:
        nobody = face.claimed == NOBODY
        what = "nobody can be known here" if nobody else f"this is {register.name_of(face.claimed)}"
        return f"The author says that {what}; a second person must confirm it."
    if face.person_id:
        return "This face was given to somebody who is no longer on the roll."
    if face.unfit:
        return f"This face could not be recognised: it is {face.unfit}."
    return "This face was not recognised with certainty."


def _warning(face: Face, case: Case, look_alike: float) -> str:
    nearest = next(iter(face.candidates), None)
    if nearest is None or nearest.distance > look_alike:
        return ""
    if _may_be_shown(nearest.person_id, case.register):
        return ""
    name = case.register.name_of(nearest.person_id)
    return f" It looks most like {name}, for whom there is no permission {place(case.channel)}."


def _may_be_shown(person_id: str, register: Register) -> bool:
    pupil = register.pupil_by_id.get(person_id)
    return person_id in register.staff_by_id or (pupil is not None and pupil.group is Answer.YES)


RULE = Rule(
    id="unknown-face",
    title="Nobody knows yet whose face this is",
    why="Every face is checked against the permissions; not knowing is never a yes.",
    policy=("P01",),
    trips="A child at the back whose face is too small to be recognised.",
    passes=(
        "The same child, after a reviewer has said who it is; or a face in the distance "
        "with fewer than 16 pixels from brow to chin, which is only noted."
    ),
    mend=(
        "Say who it is if you know: the coordinator confirms it. To save the wait, crop the "
        "picture, cover the face or choose a picture in which everyone can be recognised."
    ),
    check=_check,
    guards_child=True,
    about_people=True,
    options=UnknownFaceOptions,
)
