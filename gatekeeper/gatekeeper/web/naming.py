"""Saying who faces are: what the form offers, and what it says when it comes back.

For each photo and face, both numbered from 1, `who_P_F` holds an id, `nobody`, `other` or
nothing, `box_P_F` the box that the person saw, and `other_P_F` what they typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, select

from gatekeeper.web.faces import FaceView
from gatekeeper.web.security import Form
from gatekeeper.web.views import PhotoView, SubmissionView
from gatekeeper_consent.models import FaceTemplate, Pupil
from gatekeeper_consent.records import biometric_in_force
from gatekeeper_consent.register import Person, pupils, search_people, staff
from gatekeeper_detectors.values import NOBODY, classes_in
from gatekeeper_queue.review import Word
from gatekeeper_queue.school import School

OTHER = "other"
_ID_AT_END = re.compile(r"\(([^()]+)\)\s*$")


class Unreadable(Exception):
    """A choice cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Naming:
    """What the form offers besides the nearest candidates."""

    everybody: list[str]
    """ "Poppy Wainscott, 2B (p02)" for everybody on the register."""
    class_name: str
    not_learnt: list[tuple[str, str]]
    """Id and name of each child of the declared class whom the machine cannot recognise."""
    unknown: list[FaceView]
    """Faces of whom nobody knows yet who they are."""

    @property
    def unfit(self) -> list[FaceView]:
        """Those that may be called nobody together; every clear face needs its own answer."""
        return [face for face in self.unknown if face.unfit]

    @property
    def why_unfit(self) -> str:
        """ "too small or turned away"."""
        return " or ".join(dict.fromkeys(face.kind for face in self.unfit))

    @classmethod
    def of(cls, school: School, session: Session, view: SubmissionView) -> Naming:
        children = [
            f"{_name(child)}, {child.class_name} ({child.pupil_id})" for child in pupils(session)
        ]
        adults = [
            f"{' '.join(filter(None, (who.title, who.first_name, who.last_name)))} ({who.staff_id})"
            for who in staff(session)
        ]
        return cls(
            everybody=sorted(children) + sorted(adults),
            class_name=view.row.class_name,
            not_learnt=_not_learnt(school, session, view.row.class_name),
            unknown=[face for face in view.faces if face.unknown],
        )


def _name(child: Pupil) -> str:
    return f"{child.preferred_name or child.first_name} {child.last_name}"


def _not_learnt(school: School, session: Session, class_name: str) -> list[tuple[str, str]]:
    """The children of a class who have no template, or no consent to one (G02)."""
    mates = [child for child in pupils(session) if class_name in classes_in(child.class_name)]
    ids = [child.pupil_id for child in mates]
    query = select(FaceTemplate.person_id).where(col(FaceTemplate.person_id).in_(ids))
    learnt = {*session.exec(query)} & biometric_in_force(session, school.today(), ids)
    return sorted(
        ((child.pupil_id, _name(child)) for child in mates if child.pupil_id not in learnt),
        key=lambda one: one[1],
    )


def read_words(session: Session, view: SubmissionView, form: Form) -> list[Word]:
    """What was said about each face. Raises `Unreadable`.

    Only faces that are not clear can be called nobody together.
    """
    rest_is_nobody = bool(form.text("rest_nobody"))
    words = []
    for photo, face in _faces(view):
        key = f"{photo.number}_{face.number}"
        said = form.text(f"who_{key}")
        if said == OTHER or (not said and form.text(f"other_{key}").strip()):
            said = _resolved(session, form.text(f"other_{key}"), key)
        elif not said and rest_is_nobody and face.unfit:
            said = NOBODY
        if said and said != face.person_id:
            if form.text(f"box_{key}") != face.key:
                raise Unreadable("The photo has changed since you opened it. Look at it again.")
            words.append(Word(photo.id, face.box, said))
    if not words:
        raise Unreadable("Choose who at least one face is.")
    return words


def _faces(view: SubmissionView) -> Iterator[tuple[PhotoView, FaceView]]:
    for photo in view.photos:
        for face in photo.faces or ():
            yield photo, face


def _resolved(session: Session, text: str, key: str) -> str:
    """The id of the one person that was typed."""
    photo, face = key.split("_")
    place = f"photo {photo}, face {face}"
    if not text.strip():
        raise Unreadable(f"Type the name of the person in {place}, or choose another answer.")
    if by_id := _ID_AT_END.search(text):
        return by_id[1]  # taken from the list; `say_who` refuses an id that nobody has
    return _only(search_people(session, text), text, place).person_id


def _only(found: list[Person], text: str, place: str) -> Person:
    if not found:
        raise Unreadable(f"Nobody on the register is called “{text}” ({place}).")
    if len(found) > 1:
        raise Unreadable(
            f"“{text}” fits {len(found)} people ({place}). Choose one from the list as you type."
        )
    return found[0]
