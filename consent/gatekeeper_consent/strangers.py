"""A number belongs to one child for good: who comes under another child's number is refused.

Whether the number was given anew or a column of the spreadsheet was sorted alone: the answers,
the guardians and the face of the one child must never become those of the other.
"""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import Session, select

from gatekeeper_consent.contents import FolderContents, RollRow, RowError
from gatekeeper_consent.models import Pupil
from gatekeeper_consent.people import folded, roll_row
from gatekeeper_consent.planning import completed


def without_strangers(session: Session, contents: FolderContents) -> FolderContents:
    """The contents without the children whose number is another's here, each an error."""
    known = {pupil.pupil_id: roll_row(pupil) for pupil in session.exec(select(Pupil))}
    strangers = {
        row.pupil_id
        for row in contents.roll
        if (before := known.get(row.pupil_id))
        and somebody_else(before, completed(row, before, contents.covers.roll))
    }
    if not strangers:
        return contents
    return replace(
        contents,
        roll=tuple(row for row in contents.roll if row.pupil_id not in strangers),
        consents=tuple(row for row in contents.consents if row.pupil_id not in strangers),
        biometric=tuple(row for row in contents.biometric if row.person_id not in strangers),
        faces=tuple(face for face in contents.faces if face.person_id not in strangers),
        unclear=contents.unclear | strangers,
        errors=(*contents.errors, *map(_error, sorted(strangers))),
    )


def somebody_else(known: RollRow, row: RollRow) -> bool:
    """Have the two not a word of their names in common, whatever case, accents and signs?"""
    if (known.first_name, known.last_name) == (row.first_name, row.last_name):
        return False
    before, now = _words(known), _words(row)
    return bool(before and now) and not before & now


def _words(row: RollRow) -> set[str]:
    names = folded(f"{row.first_name} {row.preferred_name} {row.middle_names} {row.last_name}")
    surname = "".join(folded(row.last_name).split())  # O'Neil and ONeil
    return {*names.split(), surname} - {""}


def _error(pupil_id: str) -> RowError:
    return RowError(
        f"The number {pupil_id}",
        0,
        "",
        "It belongs here to a child of quite another name. Give each child a number of their own. "
        "If it is the same child, change the name on the child’s page in the register first.",
    )
