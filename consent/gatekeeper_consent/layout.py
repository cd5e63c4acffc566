"""The files of a register folder: their columns, and each row to a value and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from gatekeeper_consent.answers import Decision, Scope, Use
from gatekeeper_consent.cells import Cells
from gatekeeper_consent.contents import BiometricRow, ConsentRow, RollRow, StaffRow

Value = TypeVar("Value", RollRow, StaffRow, ConsentRow, BiometricRow)


@dataclass(frozen=True)
class Layout(Generic[Value]):
    """One CSV file."""

    file: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    """Columns that no two rows may share; the first one holds the person's id."""
    parse: Callable[[Cells], Value | None]
    """A row to its value; logs every mistake in it."""
    cells: Callable[[Value], Sequence[str]]
    """A value to the cells of its row."""
    required: bool = False


def _roll_row(cells: Cells) -> RollRow:
    row = RollRow(
        pupil_id=cells.identifier("pupil_id"),
        first_name=cells.name("first_name"),
        middle_names=cells.name("middle_names"),
        last_name=cells.name("last_name"),
        preferred_name=cells.name("preferred_name"),
        class_name=cells.text("class"),
        year=cells.text("year"),
    )
    if not (row.first_name or row.last_name):
        cells.error("first_name", "The child has no name, so captions cannot be checked. Add it.")
    return row


def _roll_cells(row: RollRow) -> Sequence[str]:
    names = (row.first_name, row.middle_names, row.last_name, row.preferred_name)
    return (row.pupil_id, *names, row.class_name, row.year)


def _staff_row(cells: Cells) -> StaffRow:
    row = StaffRow(
        staff_id=cells.identifier("staff_id"),
        title=cells.text("title"),
        first_name=cells.name("first_name"),
        last_name=cells.name("last_name"),
    )
    if not (row.first_name or row.last_name):
        cells.error("last_name", "The member of staff has no name. Add it.")
    return row


def _staff_cells(row: StaffRow) -> Sequence[str]:
    return (row.staff_id, row.title, row.first_name, row.last_name)


def _consent_row(cells: Cells) -> ConsentRow | None:
    pupil_id = cells.identifier("pupil_id")
    use = cells.choice("use", tuple(Use))
    scope = cells.choice("scope", tuple(Scope))
    decision = cells.choice("decision", (Decision.YES, Decision.NO))
    given_by = cells.text("given_by")
    given, expires, withdrawn = map(cells.day, ("given_on", "expires_on", "withdrawn_on"))
    cells.in_order(("given_on", given), ("expires_on", expires))
    cells.in_order(("given_on", given), ("withdrawn_on", withdrawn))
    if decision is Decision.YES:
        _needs_giver(cells, given_by, given)
    if use is None or scope is None or decision is None:
        return None
    return ConsentRow(pupil_id, use, scope, decision, given_by, given, expires, withdrawn)


def _needs_giver(cells: Cells, given_by: str, given_on: date | None) -> None:
    if not given_by:
        cells.error("given_by", "A yes needs the person who gave it. Fill it in, or write no.")
    if cells.good and given_on is None:
        cells.error("given_on", "A yes needs the day on which it was given. Fill it in.")


def _consent_cells(row: ConsentRow) -> Sequence[str]:
    days = (row.given_on, row.expires_on, row.withdrawn_on)
    answer = (row.use.value, row.scope.value, row.decision.value)
    return (row.pupil_id, *answer, row.given_by, *map(_day, days))


def _biometric_row(cells: Cells) -> BiometricRow:
    row = BiometricRow(
        person_id=cells.identifier("pupil_id"),
        given_by=cells.text("given_by"),
        given_on=cells.day("given_on"),
        child_refused=cells.flag("child_refused"),
        withdrawn_on=cells.day("withdrawn_on"),
    )
    cells.in_order(("given_on", row.given_on), ("withdrawn_on", row.withdrawn_on))
    if cells.good and row.given_on is not None and not row.given_by:
        cells.error("given_by", "Consent needs the person who gave it. Fill it in.")
    if cells.good and row.given_by and row.given_on is None:
        cells.error("given_on", "Consent needs the day on which it was given. Fill it in.")
    return row


def _biometric_cells(row: BiometricRow) -> Sequence[str]:
    refused = "yes" if row.child_refused else "no"
    return (row.person_id, row.given_by, _day(row.given_on), refused, _day(row.withdrawn_on))


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


ROLL = Layout(
    "roll.csv",
    (
        "pupil_id",
        "first_name",
        "middle_names",
        "last_name",
        "preferred_name",
        "class",
        "year",
    ),
    ("pupil_id",),
    _roll_row,
    _roll_cells,
    required=True,
)

STAFF = Layout(
    "staff.csv",
    ("staff_id", "title", "first_name", "last_name"),
    ("staff_id",),
    _staff_row,
    _staff_cells,
)

CONSENTS = Layout(
    "consents.csv",
    (
        "pupil_id",
        "use",
        "scope",
        "decision",
        "given_by",
        "given_on",
        "expires_on",
        "withdrawn_on",
    ),
    ("pupil_id", "use", "scope"),
    _consent_row,
    _consent_cells,
)

BIOMETRIC = Layout(
    "biometric.csv",
    ("pupil_id", "given_by", "given_on", "child_refused", "withdrawn_on"),
    ("pupil_id",),
    _biometric_row,
    _biometric_cells,
)
