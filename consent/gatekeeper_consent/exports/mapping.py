"""Which column of an export is what: guessed, corrected once by a person, kept by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session, col, select

from gatekeeper_consent.exports.fields import (
    BY_KEY,
    CONSENT_OF,
    FIELDS,
    consent_in,
    consent_key,
    folded,
)
from gatekeeper_consent.exports.table import Table
from gatekeeper_consent.models import ColumnMapping
from gatekeeper_consent.ports import Recorder

Columns = Mapping[str, str]
"""Heading by the key of its field (`fields`)."""


class BadMapping(ValueError):
    """The columns cannot be what they are said to be; the message says what to change."""


def guess(table: Table, known_ids: Collection[str] = ()) -> dict[str, str]:
    """What the columns probably are. A person has to look: see what `fields` says of the names.

    Of several columns that could be the pupil's number it takes the one that the register
    (`known_ids`) goes by.
    """
    left = {folded(heading): heading for heading in reversed(table.headings)}
    found: dict[str, str] = {}
    for field in FIELDS:
        names = [name for name in field.synonyms if name in left]
        if field.key == "pupil_id" and names:
            names.sort(key=lambda name: -_shared(table, left[name], known_ids))
        if names:
            found[field.key] = left.pop(names[0])
    for name, heading in sorted(left.items()):
        answer = consent_in(name)
        if answer is not None:
            found.setdefault(consent_key(*answer), heading)
    return found


def _shared(table: Table, heading: str, known_ids: Collection[str]) -> int:
    place = table.headings.index(heading)
    known = set(known_ids)
    return len(known & {record.cells[place] for record in table.records})


def check(columns: Columns, headings: Sequence[str]) -> dict[str, str]:
    """The mapping with its empty entries left out. Raises `BadMapping`."""
    chosen = {key: heading for key, heading in columns.items() if heading}
    for key, heading in chosen.items():
        if key not in BY_KEY:
            raise BadMapping(f"“{key}” is no field of the register.")
        if heading not in headings:
            raise BadMapping(f"The file has no column “{heading}”. Choose another, or none.")
    if "pupil_id" not in chosen:
        raise BadMapping("Choose the column that holds each pupil’s number, such as the UPN.")
    if not {"first_name", "last_name", "preferred_name"} & chosen.keys():
        raise BadMapping("Choose the columns that hold the names.")
    _refuse_doubles(chosen)
    return chosen


def _refuse_doubles(chosen: Columns) -> None:
    """One column is one thing; only an answer may hold for several uses."""
    seen: dict[str, str] = {}
    for key, heading in chosen.items():
        other = seen.setdefault(heading, key)
        if other != key and not {other, key} <= CONSENT_OF.keys():
            labels = f"“{BY_KEY[other].label}” and “{BY_KEY[key].label}”"
            raise BadMapping(f"The column “{heading}” is chosen for {labels}. Choose one.")


def saved_mappings(session: Session) -> list[ColumnMapping]:
    """All that were kept, by name."""
    return list(session.exec(select(ColumnMapping).order_by(col(ColumnMapping.name))))


def fitting(session: Session, headings: Sequence[str]) -> ColumnMapping | None:
    """The saved mapping that was made for the same headings, in whatever order; the newest."""
    same = [
        row
        for row in session.exec(select(ColumnMapping).order_by(col(ColumnMapping.saved_at).desc()))
        if sorted(row.headings) == sorted(headings)
    ]
    return same[0] if same else None


def save_mapping(
    session: Session,
    name: str,
    columns: Columns,
    headings: Sequence[str],
    *,
    saved_by: str,
    now: datetime,
    record: Recorder,
) -> ColumnMapping:
    """Keep a checked mapping under a name; one that had the name is replaced.

    Raises `BadMapping` for a name of no letters or more than 60 characters.
    """
    name = " ".join(name.split())
    if not name or len(name) > 60:
        raise BadMapping("Give the mapping a name of at most 60 characters, such as “SIMS roll”.")
    row = session.exec(select(ColumnMapping).where(ColumnMapping.name == name)).first()
    row = row or ColumnMapping(id=uuid4().hex, name=name, columns={}, headings=[], saved_at=now,
                               saved_by=saved_by)  # fmt: skip
    row.columns, row.headings = dict(columns), list(headings)
    row.saved_at, row.saved_by = now, saved_by
    session.add(row)
    session.flush()
    record("mapping.saved", row.id, {"fields": sorted(columns)})
    return row
