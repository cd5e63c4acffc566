"""Bring the register in line with a folder: all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from sqlmodel import Session, select

from gatekeeper_consent.applying import Held, ImportReport, Plan, apply, event_of, report_of
from gatekeeper_consent.contents import (
    BiometricRow,
    ConsentKey,
    ConsentRow,
    FolderContents,
    RowError,
)
from gatekeeper_consent.erasing import without_erased
from gatekeeper_consent.faces import purge_unconsented
from gatekeeper_consent.models import Pupil, RollImport, StaffMember
from gatekeeper_consent.people import roll_row, staff_row
from gatekeeper_consent.planning import (
    completed,
    dated,
    more_than_half,
    permitted,
    plan_people,
    plan_records,
)
from gatekeeper_consent.ports import Recorder
from gatekeeper_consent.records import (
    biometric_refused_on,
    biometric_said,
    consents_refused_on,
    consents_said,
    current_guardians,
    familys_yes,
    guardians_yes,
    newest_biometric,
    newest_consents,
    protected,
)
from gatekeeper_consent.strangers import without_strangers


class ImportRefused(Exception):
    """Nothing was imported; the message says why and what to do."""

    def __init__(self, message: str, errors: tuple[RowError, ...] = ()) -> None:
        super().__init__(message)
        self.errors = errors


class TooManyRemovals(ImportRefused):
    """More than half of something would go. Import again with `confirm_removals`."""

    def __init__(self, message: str, going: str) -> None:
        super().__init__(message)
        self.going = going
        """How much of what: "5 of 8 children on the roll"."""


def import_folder(
    session: Session,
    contents: FolderContents,
    *,
    recorded_by: str,
    now: datetime,
    record: Recorder,
    only_good_rows: bool = False,
    confirm_removals: bool = False,
) -> ImportReport:
    """Make the register say what the folder says; `now.date()` is today.

    Importing the same folder twice changes nothing the second time. Templates and
    references of everybody without biometric consent are purged. Children whose record was
    erased are left out. Raises `ImportRefused` when a row is wrong, such as one with another
    child's number (unless `only_good_rows`), or a whole file is, and `TooManyRemovals`.
    """
    contents = without_strangers(session, contents)
    _refuse_errors(contents, only_good_rows)
    contents, erased = without_erased(session, contents)
    held = _held(session)
    _refuse_shared_ids(contents, held)
    plan = _planned(session, contents, held, now.date())
    if not confirm_removals:
        _refuse_mass_removal(plan, held)
    apply(session, plan, held, recorded_by=recorded_by, now=now)
    session.add(RollImport(at=now, by=recorded_by, pupils=len(contents.roll)))
    purged = purge_unconsented(session, now.date(), record=record)
    report = replace(report_of(plan, purged, contents.errors), erased=erased)
    record("register.imported", "register", event_of(report))
    return report


def _refuse_errors(contents: FolderContents, only_good_rows: bool) -> None:
    if any(error.whole_file for error in contents.errors):
        raise ImportRefused(
            "Nothing was imported, because a file cannot be used. Correct it and import again.",
            contents.errors,
        )
    if contents.errors and not only_good_rows:
        raise ImportRefused(
            "Nothing was imported, because some rows are wrong. Correct them and import again.",
            contents.errors,
        )


def _refuse_shared_ids(contents: FolderContents, held: Held) -> None:
    pupils = held.pupils.keys() | {row.pupil_id for row in contents.roll}
    staff = held.staff.keys() | {row.staff_id for row in contents.staff}
    if pupils & staff:
        ids = ", ".join(sorted(pupils & staff))
        raise ImportRefused(
            f"Nothing was imported. These ids belong, or belonged, to both a child and a "
            f"member of staff: {ids}. Give one of the two another id."
        )


def _held(session: Session) -> Held:
    return Held(
        pupils={pupil.pupil_id: pupil for pupil in session.exec(select(Pupil))},
        staff={member.staff_id: member for member in session.exec(select(StaffMember))},
        consents=newest_consents(session),
        biometric=newest_biometric(session),
        consents_said=consents_said(session),
        biometric_said=biometric_said(session),
        guardians=current_guardians(session),
        protected=protected(session),
    )


def _planned(session: Session, contents: FolderContents, held: Held, today: date) -> Plan:
    covers, refused_on = contents.covers, consents_refused_on(session)
    known = {who: roll_row(pupil) for who, pupil in held.pupils.items()}
    roll = {
        row.pupil_id: completed(row, known.get(row.pupil_id), covers.roll) for row in contents.roll
    }
    answers = [
        dated(row, held.consents.get(row.key), refused_on.get(row.key), today)
        for row in contents.consents
    ]
    consents = plan_records(
        {row.key: row for row in answers},
        {key: row for key, row in held.consents.items() if key[1:] in covers.consents},
        refused_on,
        familys_yes(held.consents_said),
    )
    own = guardians_yes(held.consents_said, held.guardians)
    cleared = {row.key: row for row in consents.cleared if row.key not in own}
    records = {row.key: row for row in consents.new} | cleared
    here = held.pupils.keys() - held.pupils_gone
    still_here = here & contents.unclear
    return Plan(
        pupils=plan_people(
            roll,
            known,
            held.pupils_gone,
            contents.unclear,
        ),
        staff=plan_people(
            {row.staff_id: row for row in contents.staff},
            {who: staff_row(one) for who, one in held.staff.items() if covers.staff},
            held.staff_gone if covers.staff else set(),
            contents.unclear,
        ),
        consents=consents,
        biometric=plan_records(
            {row.person_id: row for row in contents.biometric},
            held.biometric if covers.biometric else {},
            biometric_refused_on(session),
            familys_yes(held.biometric_said),
        ),
        before=permitted(held.consents, here - held.protected, today),
        after=permitted(
            {**held.consents, **records}, (roll.keys() | still_here) - held.protected, today
        ),
        kept=tuple(
            sorted(
                key
                for key in own - {row.key for row in contents.consents}
                if key[0] in roll and key[1:] in covers.consents and held.consents[key].stands
            )
        ),
    )


def _refuse_mass_removal(plan: Plan, held: Held) -> None:
    parts = (
        ("children on the roll", len(plan.pupils.left), len(held.pupils) - len(held.pupils_gone)),
        ("members of staff", len(plan.staff.left), len(held.staff) - len(held.staff_gone)),
        ("consents", len(plan.consents.cleared), _standing(held.consents)),
        ("biometric consents", len(plan.biometric.cleared), _standing(held.biometric)),
    )
    going = [
        f"{part} of {whole} {what}" for what, part, whole in parts if more_than_half(part, whole)
    ]
    if going:
        raise TooManyRemovals(
            f"Nothing was imported, because this would remove {', '.join(going)}. Check that "
            "what you import is complete. If it is, import it again and confirm the removals.",
            ", ".join(going),
        )


def _standing(records: Mapping[ConsentKey, ConsentRow] | Mapping[str, BiometricRow]) -> int:
    return sum(row.stands for row in records.values())
