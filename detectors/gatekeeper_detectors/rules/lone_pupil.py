"""There should be more than one pupil in a picture (P03), unless permission was sought (P04)."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper_detectors.faces.people import without_a_face
from gatekeeper_detectors.faces.words import place
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.values import Answer, Case, Decision, Face, Pupil, Register


def _check(case: Case, options: Options) -> Iterator[Finding]:
    for index, photo in enumerate(case.photos):
        faces = _who_may_be_pupils(photo.faces or (), case.register)
        others = without_a_face(photo.bodies, [face.box for face in photo.faces or ()])
        if photo.faces is None or _shows_several(faces, case.register):
            continue
        if faces:
            pupil = case.register.pupil_by_id.get(faces[0].person_id)
            specks = any(not face.recognisable for face in photo.faces)
            action, message = _judge(pupil, case.channel, bool(others) or specks)
            yield RULE.finding(action, message, photo=index, box=faces[0].box)
        elif len(others) == 1:
            yield RULE.finding(Action.FLAG, _FROM_BEHIND, photo=index, box=others[0])


_FROM_BEHIND = (
    "One person seems to be in this picture whose face cannot be seen, and no other pupil. A "
    "picture should show more than one pupil."
)


def _who_may_be_pupils(faces: tuple[Face, ...], register: Register) -> list[Face]:
    """All but staff, the boxes that a reviewer said show nobody, and specks in the distance
    whom nobody could know: one of those makes no company. An author's word counts for nothing
    here, or it could give a lone pupil company."""
    return [
        face
        for face in faces
        if face.settled(register) not in (None, Decision.STAFF)
        and (face.recognisable or face.person_id)
    ]


def _shows_several(faces: list[Face], register: Register) -> bool:
    """Are there two people with a face? The same child twice, as in a mirror, is one."""
    known = {face.person_id for face in faces if face.person_id in register.pupil_by_id}
    unknown = sum(face.person_id not in register.pupil_by_id for face in faces)
    return len(known) + unknown > 1


def _judge(pupil: Pupil | None, channel: str, others: bool) -> tuple[Action, str]:
    """`others`: is somebody else there, turned away or covered? That they are is a guess, and
    that they are a pupil another, so it turns a rejection into a question and no more."""
    if pupil is None:
        return Action.FLAG, (
            "There is one face in this picture, and it is not known whose. "
            "A picture should show more than one pupil."
        )
    if pupil.individual is Answer.YES:
        return Action.FLAG, (
            f"{pupil.full_name} is the only pupil whose face can be seen. The family allows "
            f"that {place(channel)}; a reviewer decides whether it is needed."
        )
    alone = f"{pupil.full_name} is the only pupil whose face can be seen, "
    refused = f"and there is no permission to show this child alone {place(channel)}."
    if others:
        return Action.FLAG, (
            f"{alone}{refused} Somebody else seems to be in the picture, turned away, covered or "
            "far off: a reviewer decides whether that is another pupil."
        )
    return Action.REJECT, alone + refused


RULE = Rule(
    id="lone-pupil",
    title="Only one pupil can be seen in the picture",
    why=(
        "There should be more than one pupil in a picture. Where one child alone is needed, the "
        "parents are asked first."
    ),
    policy=("P03", "P04"),
    trips="A portrait of one pupil, or one pupil beside a teacher.",
    passes=(
        "Two pupils, or a teacher alone. Somebody who seems to stand beside the pupil with their "
        "back to the camera makes it a question for the coordinator."
    ),
    mend=(
        "Choose a picture with two or more pupils, or ask the office whether the parents have "
        "agreed to a picture of this child alone."
    ),
    check=_check,
    about_people=True,
)
