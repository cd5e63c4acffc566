"""Write what an import plans, and say what it did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlmodel import Session, SQLModel, insert

from gatekeeper_consent.combining import Said
from gatekeeper_consent.contents import (
    BiometricRow,
    ConsentKey,
    ConsentRow,
    RollRow,
    RowError,
    StaffRow,
)
from gatekeeper_consent.models import BiometricConsent, Consent, Pupil, StaffMember
from gatekeeper_consent.planning import PeoplePlan, Person, RecordsPlan, pupils_in


@dataclass(frozen=True)
class ImportReport:
    """What an import changed. Ids only."""

    pupils_added: tuple[str, ...]
    pupils_changed: tuple[str, ...]
    pupils_left: tuple[str, ...]
    pupils_returned: tuple[str, ...]
    staff_added: tuple[str, ...]
    staff_changed: tuple[str, ...]
    staff_left: tuple[str, ...]
    consents_recorded: int
    """Answers that were appended, those that say that one is no longer held among them."""
    biometric_recorded: int
    lost_answer: tuple[str, ...]
    """Pupils for whom something was permitted that no longer is, leavers among them:
    their waiting submissions must be checked again and their live posts taken down."""
    gained_answer: tuple[str, ...]
    kept_refusals: tuple[ConsentKey, ...]
    """The folder says yes, but by a consent that is not newer than the refusal on record."""
    kept_biometric_refusals: tuple[str, ...]
    kept_answers: tuple[ConsentKey, ...]
    """A guardian says yes themselves, and the folder does not hold it."""
    purged: tuple[str, ...]
    """People whose templates and references were deleted."""
    skipped: tuple[RowError, ...]
    """Rows left out because they are wrong (only with `only_good_rows`)."""
    erased: int = 0
    """Children left out because their record was erased."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not done as the folder has it, in words for the person who ran the import."""
        own = sorted({key[0] for key in self.kept_answers})
        erased = f"Please note: left out, because they were erased: {self.erased} of the children."
        return (
            *(f"Please note: a parent's own yes stays for {who}." for who in own),
            *([erased] if self.erased else []),
        )


@dataclass(frozen=True)
class Plan:
    pupils: PeoplePlan[RollRow]
    staff: PeoplePlan[StaffRow]
    consents: RecordsPlan[ConsentKey, ConsentRow]
    biometric: RecordsPlan[str, BiometricRow]
    before: frozenset[ConsentKey]
    after: frozenset[ConsentKey]
    kept: tuple[ConsentKey, ...]
    """What guardians permit themselves, and the folder does not hold."""


@dataclass(frozen=True)
class Held:
    """What the register holds before the import."""

    pupils: Mapping[str, Pupil]
    staff: Mapping[str, StaffMember]
    consents: Mapping[ConsentKey, ConsentRow]
    biometric: Mapping[str, BiometricRow]
    consents_said: Mapping[ConsentKey, Collection[Said[ConsentRow]]]
    """Who said what; `consents` is what it comes to."""
    biometric_said: Mapping[str, Collection[Said[BiometricRow]]]
    guardians: Mapping[str, Set[str]]
    """Ids of those who have a say about each pupil now."""
    protected: Set[str] = frozenset()

    @property
    def pupils_gone(self) -> set[str]:
        return {who for who, pupil in self.pupils.items() if pupil.left_on is not None}

    @property
    def staff_gone(self) -> set[str]:
        return {who for who, member in self.staff.items() if member.left_on is not None}


def apply(session: Session, plan: Plan, held: Held, *, recorded_by: str, now: datetime) -> None:
    """Write the plan, people first, because consents refer to them."""
    session.add_all(Pupil(**asdict(row)) for row in plan.pupils.added.values())
    session.add_all(StaffMember(**asdict(row)) for row in plan.staff.added.values())
    _update(held.pupils, plan.pupils, now.date())
    _update(held.staff, plan.staff, now.date())
    session.flush()
    family = {"recorded_at": now, "recorded_by": recorded_by, "guardian_id": None}
    _append(session, Consent, [asdict(row) | family for row in plan.consents.records])
    _append(session, BiometricConsent, [asdict(row) | family for row in plan.biometric.records])


def _update(
    held: Mapping[str, Pupil] | Mapping[str, StaffMember], plan: PeoplePlan[Person], today: date
) -> None:
    for who, row in plan.changed.items():
        for name, value in asdict(row).items():
            setattr(held[who], name, value)
        held[who].left_on = None
    for who in plan.left:
        held[who].left_on = today


def _append(session: Session, table: type[SQLModel], rows: list[dict[str, object]]) -> None:
    """One statement for all rows: a register has tens of thousands of consents."""
    if rows:
        session.exec(insert(table), params=rows)


def report_of(plan: Plan, purged: tuple[str, ...], skipped: tuple[RowError, ...]) -> ImportReport:
    """The plan as the caller needs it."""
    return ImportReport(
        pupils_added=tuple(sorted(plan.pupils.added)),
        pupils_changed=tuple(sorted(plan.pupils.changed)),
        pupils_left=tuple(sorted(plan.pupils.left)),
        pupils_returned=tuple(sorted(plan.pupils.returned)),
        staff_added=tuple(sorted(plan.staff.added)),
        staff_changed=tuple(sorted(plan.staff.changed)),
        staff_left=tuple(sorted(plan.staff.left)),
        consents_recorded=len(plan.consents.records),
        biometric_recorded=len(plan.biometric.records),
        lost_answer=pupils_in(plan.before - plan.after),
        gained_answer=pupils_in(plan.after - plan.before),
        kept_refusals=plan.consents.kept,
        kept_biometric_refusals=plan.biometric.kept,
        kept_answers=plan.kept,
        purged=purged,
        skipped=skipped,
    )


def event_of(report: ImportReport) -> Mapping[str, object]:
    """What the audit log keeps of an import: ids and numbers."""
    data = asdict(report)
    for name in ("kept_refusals", "kept_answers"):
        data[name] = ["/".join(key) for key in getattr(report, name)]
    data["skipped"] = len(report.skipped)
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in data.items()
    }
