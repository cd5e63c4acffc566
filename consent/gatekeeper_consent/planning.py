"""What an import would change. Pure: compares the folder with what the register holds.

The folder is the whole register: what is not in it is no longer permitted, but for what a
guardian answered themselves. An export of the roll speaks only of what it has columns for
(`contents.Covers`); the rest stays. A no in it always takes leave away. It gives leave back
after a refusal only by a newer consent, so that an old copy of the spreadsheet cannot undo a
withdrawal.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Set
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Generic, TypeVar

from gatekeeper_consent.answers import Answer, Decision, effective_answer
from gatekeeper_consent.contents import (
    BiometricRow,
    ConsentKey,
    ConsentRow,
    RollRow,
    StaffRow,
)

Person = TypeVar("Person", RollRow, StaffRow)
Record = TypeVar("Record", ConsentRow, BiometricRow)
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class PeoplePlan(Generic[Person]):
    """How the roll or the staff list changes."""

    added: Mapping[str, Person]
    changed: Mapping[str, Person]
    """Known people with another name or class, and those who come back."""
    returned: frozenset[str]
    left: frozenset[str]


def plan_people(
    folder: Mapping[str, Person],
    known: Mapping[str, Person],
    gone: Set[str],
    unclear: Set[str],
) -> PeoplePlan[Person]:
    """`known` is everybody in the register, `gone` those of them who left before.

    The `unclear`, whose row is wrong, stay as they are.
    """
    return PeoplePlan(
        added={who: row for who, row in folder.items() if who not in known},
        changed={
            who: row
            for who, row in folder.items()
            if who in known and (row != known[who] or who in gone)
        },
        returned=frozenset(folder.keys() & gone),
        left=frozenset(known.keys() - gone - folder.keys() - unclear),
    )


def completed(row: RollRow, known: RollRow | None, covered: Set[str]) -> RollRow:
    """The row with what its source does not speak of (`Covers.roll`) as the register has it."""
    if known is not None:
        kept = {each.name: getattr(known, each.name) for each in fields(row)}
        row = replace(row, **{name: kept[name] for name in kept.keys() - covered - _JOINED})
        if _JOINED - covered:
            words = dict.fromkeys(f"{known.middle_names} {row.middle_names}".split())
            row = replace(row, middle_names=" ".join(words))
    if "first_name" not in covered and row.preferred_name == row.first_name:
        return replace(row, preferred_name="")
    return row


_JOINED = frozenset(("middle_names",))
"""A surname that is not in use stands among them, in whichever column it came."""


@dataclass(frozen=True)
class RecordsPlan(Generic[Key, Record]):
    """The records to append."""

    new: tuple[Record, ...]
    cleared: tuple[Record, ...]
    """Records that say that a consent is no longer in the folder."""
    kept: tuple[Key, ...]
    """Refusals that stay, because the folder's consent is not newer."""

    @property
    def records(self) -> tuple[Record, ...]:
        """All of them; they are the family's, and speak for no guardian."""
        return self.new + self.cleared


def plan_records(
    folder: Mapping[Key, Record],
    newest: Mapping[Key, Record],
    refused_on: Mapping[Key, date],
    familys: Set[Key],
) -> RecordsPlan[Key, Record]:
    """Compare by pupil, use and scope, or by person for biometric consent. Where the yes is not
    one of the `familys`, no folder can stop holding it: a guardian gave it.
    """
    kept = tuple(
        key
        for key, row in folder.items()
        if _undoes_refusal(row, newest.get(key), refused_on.get(key))
    )
    blocked = set(kept)
    return RecordsPlan(
        new=tuple(
            row for key, row in folder.items() if row != newest.get(key) and key not in blocked
        ),
        cleared=tuple(
            row.cleared()
            for key, row in newest.items()
            if row.stands and key in familys and key not in folder
        ),
        kept=kept,
    )


def dated(
    row: ConsentRow, newest: ConsentRow | None, refused_on: date | None, today: date
) -> ConsentRow:
    """An answer that an export gives without a day.

    It is what the register holds where the two agree, so that importing it again changes
    nothing, and a consent that ran out is not renewed by being listed still. A new yes counts
    from today, unless there was ever a refusal: whether it came before or after, only a day
    could tell, and so it stays without one and gives nothing back (`plan_records`).
    """
    if row.given_on is not None:
        return row
    if newest is not None and row.decision is newest.decision and row.stands == newest.stands:
        return newest
    if newest is not None and row.decision is Decision.NO and newest.withdrawn_on is not None:
        return newest
    return row if row.stands and refused_on is not None else replace(row, given_on=today)


def _undoes_refusal(row: Record, newest: Record | None, refused_on: date | None) -> bool:
    if refused_on is None or not row.stands or (newest is not None and newest.stands):
        return False
    return row.given_on is None or row.given_on <= refused_on


def permitted(
    records: Mapping[ConsentKey, ConsentRow], at_school: Set[str], on: date
) -> frozenset[ConsentKey]:
    """Everything that is a yes on the day. A pupil who left is a yes for nothing."""
    return frozenset(
        key
        for key, row in records.items()
        if row.pupil_id in at_school and effective_answer(row, on) is Answer.YES
    )


def pupils_in(keys: Iterable[ConsentKey]) -> tuple[str, ...]:
    """The pupils of these answers, each once."""
    return tuple(sorted({pupil_id for pupil_id, _, _ in keys}))


def more_than_half(part: int, whole: int) -> bool:
    """Such a loss is more often an accident with a file than the truth."""
    return part * 2 > whole
