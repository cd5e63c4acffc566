"""Saying who faces are: what the form offers, and what it says when it comes back.

For each photo and face, both numbered from 1, `who_P_F` holds an id, `nobody`, `other`,
`unsure` or nothing, `box_P_F` the box that the person saw, and `other_P_F` what they typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from gatekeeper.web.faces import FaceView, face_at
from gatekeeper.web.security import Form
from gatekeeper.web.views import PhotoView, SubmissionView
from gatekeeper_consent.finding import classes_and_years
from gatekeeper_consent.models import FaceTemplate, Pupil
from gatekeeper_consent.records import biometric_in_force
from gatekeeper_consent.register import Person, pupils, search_people, staff
from gatekeeper_detectors.values import NOBODY, Box, classes_in
from gatekeeper_queue.face_words import NOT_SURE, Word, words_on
from gatekeeper_queue.recognition import recognises
from gatekeeper_queue.school import School
from gatekeeper_queue.submissions import photos_of

OTHER = "other"
UNSURE = "unsure"
"""An author who does not know, or does not any more."""
_MOST_LISTED = 600
"""So many pupils are offered as one types; their list weighs about 30 kB."""
_FEW = 5
_ID_AT_END = re.compile(r"\(([^()]+)\)\s*$")


class Unreadable(Exception):
    """A choice cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Naming:
    """What the form offers besides the nearest candidates."""

    everybody: list[str]
    """ "Poppy Wainscott, 2B (p02)" for everybody on the register; empty where they are so many
    that the list would weigh more than the rest of the page. A name can be typed all the same."""
    class_name: str
    mates: list[tuple[str, str]]
    """Id and name of each child of the declared class."""
    not_learnt: list[tuple[str, str]]
    """Those of them whom the machine cannot recognise."""
    recognises: bool
    """May the machine know anybody here?"""
    unknown: list[FaceView]
    """Faces of whom nobody knows yet who they are."""

    @property
    def all_claimed(self) -> bool:
        """Did the author name everybody who is not known?"""
        return all(face.claimed for face in self.unknown)

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
        mates = _mates(session, view.row.class_name)
        known = recognises(school, session)
        learnt = _learnt(school, session, [pupil_id for pupil_id, _ in mates]) if known else set()
        return cls(
            everybody=_everybody(session),
            class_name=view.row.class_name,
            mates=mates,
            recognises=known,
            not_learnt=[mate for mate in mates if mate[0] not in learnt],
            unknown=[face for face in view.faces if face.unknown],
        )


def _everybody(session: Session) -> list[str]:
    here = select(func.count()).select_from(Pupil).where(col(Pupil.left_on).is_(None))
    if session.exec(here).one() > _MOST_LISTED:
        return []
    children = [_label(child) for child in pupils(session)]
    adults = [
        f"{' '.join(filter(None, (who.title, who.first_name, who.last_name)))} ({who.staff_id})"
        for who in staff(session)
    ]
    return sorted(children) + sorted(adults)


def _label(child: Pupil) -> str:
    return f"{_name(child)}, {child.class_name} ({child.pupil_id})"


def _name(child: Pupil) -> str:
    return f"{child.preferred_name or child.first_name} {child.last_name}"


def _mates(session: Session, class_name: str) -> list[tuple[str, str]]:
    """Id and name of the children of a class, by name."""
    written = [name for name in classes_and_years(session)[0] if class_name in classes_in(name)]
    mates = session.exec(
        select(Pupil)
        .where(col(Pupil.left_on).is_(None), col(Pupil.class_name).in_(written))
        .order_by(col(Pupil.pupil_id))
    )
    return sorted(((child.pupil_id, _name(child)) for child in mates), key=lambda one: one[1])


def _learnt(school: School, session: Session, ids: Sequence[str]) -> set[str]:
    """Those of them whom the machine may know, and does (G02)."""
    query = select(FaceTemplate.person_id).where(col(FaceTemplate.person_id).in_(ids))
    return {*session.exec(query)} & biometric_in_force(session, school.today(), ids)


def earlier_claims(session: Session, view: SubmissionView) -> dict[str, list[tuple[str, str]]]:
    """Id and name of everybody else whom the author named before, by photo and face ("1_2"): a
    name that was taken back when it stopped the picture is one that a reviewer should see."""
    found: dict[str, dict[str, str]] = {}
    photos = {photo.id: photo for photo in view.photos}
    for row in photos_of(session, view.row.id):
        for word in words_on(session, row):
            face = face_at(photos[row.id].faces, Box(*word.box))
            named = word.person_id not in ("", NOBODY) and word.said_by == view.row.author_id
            if face and named and word.person_id not in (face.claimed, face.person_id):
                key = f"{photos[row.id].number}_{face.number}"
                found.setdefault(key, {})[word.person_id] = _name_of(session, word.person_id)
    return {key: list(people.items()) for key, people in found.items()}


def _name_of(session: Session, person_id: str) -> str:
    pupil = session.get(Pupil, person_id)
    return _name(pupil) if pupil else person_id


def read_words(session: Session, view: SubmissionView, form: Form) -> list[Word]:
    """What a reviewer said about each face. Raises `Unreadable`.

    Only faces that are not clear can be called nobody together. What the author named is
    chosen already when the page is opened, so that one press confirms what was seen there.
    """
    rest_is_nobody = bool(form.text("rest_nobody"))
    words = []
    for photo, face in _faces(view):
        key = f"{photo.number}_{face.number}"
        said = _said(session, form, key)
        if not said and rest_is_nobody and face.unfit:
            said = NOBODY
        if said and said != face.person_id:
            words.append(_word(photo, face, form, key, said))
    if not words:
        raise Unreadable("Choose who at least one face is.")
    return words


def read_claims(session: Session, view: SubmissionView, form: Form) -> list[Word]:
    """What the author said about faces that are not known, as far as it is new.
    Raises `Unreadable`."""
    words = []
    for photo, face in _faces(view):
        key = f"{photo.number}_{face.number}"
        said = _said(session, form, key)
        if not face.askable or not said:
            continue
        person_id = NOT_SURE if said == UNSURE else said
        if person_id != face.claimed:
            words.append(_word(photo, face, form, key, person_id))
    if not words:
        raise Unreadable("Choose who at least one face is.")
    return words


def _said(session: Session, form: Form, key: str) -> str:
    said = form.text(f"who_{key}")
    if said == OTHER or (not said and form.text(f"other_{key}").strip()):
        return _resolved(session, form.text(f"other_{key}"), key)
    return said


def _word(photo: PhotoView, face: FaceView, form: Form, key: str, person_id: str) -> Word:
    if form.text(f"box_{key}") != face.key:
        raise Unreadable("The photo has changed since you opened it. Look at it again.")
    return Word(photo.id, face.box, person_id)


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
        few = "; ".join(
            f"{', '.join(filter(None, (who.name, who.class_name)))} ({who.person_id})"
            for who in found[:_FEW]
        )
        more = f" and {len(found) - _FEW} more" if len(found) > _FEW else ""
        raise Unreadable(
            f"“{text}” fits {len(found)} people ({place}): {few}{more}. Type one of them in full, "
            "with what is in brackets."
        )
    return found[0]
