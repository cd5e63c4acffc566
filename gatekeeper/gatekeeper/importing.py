"""Bring the register in line with a folder or an export: rehearse it, then do it.

A rehearsal is the import itself in a transaction that is rolled back, so what a person is shown
before confirming cannot differ from what is done. Confirming does it again and compares: when
the register, the file or what is live has changed meanwhile, nothing is done.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from functools import partial

from sqlmodel import Session, select

from gatekeeper_consent.contents import ConsentKey, RollRow
from gatekeeper_consent.erasing import erased_among
from gatekeeper_consent.exports.contacts import ContactsReport, import_contacts
from gatekeeper_consent.exports.reading import Export
from gatekeeper_consent.faces import purge_unconsented
from gatekeeper_consent.models import RollImport
from gatekeeper_consent.people import pupils, roll_row
from gatekeeper_consent.register import (
    ImportReport,
    Scope,
    TooManyRemovals,
    Use,
    import_folder,
    permitted_on,
)
from gatekeeper_consent.strangers import without_strangers
from gatekeeper_queue.models import AuditHead
from gatekeeper_queue.recheck import open_submission_ids, register_changed
from gatekeeper_queue.school import School

Permitted = Mapping[tuple[Use, Scope], frozenset[str]]
"""The children of whom each use may be made."""


class PreviewPassed(Exception):
    """What was confirmed is not what would be done any more. Nothing was imported."""


@dataclass(frozen=True)
class Outcome:
    """What an import does, with its consequences. Ids only but for `changed`."""

    report: ImportReport
    contacts: ContactsReport
    changed: tuple[tuple[RollRow, RollRow], ...]
    """Children who were known, as they were and as they are."""
    lost: Permitted
    gained: Permitted
    taken_down: tuple[str, ...]
    """Posts that come down, or are never sent."""
    rechecked: tuple[str, ...]
    """Submissions that wait and are checked again."""
    refused: str = ""
    """Why it would be refused without a special confirmation; empty when it would not."""
    fingerprint: str = ""
    """Equal for equal contents and equal consequences."""
    warnings: tuple[str, ...] = ()
    event: int = 0
    """Number of the audit event; 0 in a rehearsal."""

    @property
    def changes_anything(self) -> bool:
        """Anything but the day on which the roll was last brought up to date."""
        report, contacts = self.report, self.contacts
        people = (report.pupils_added, self.changed, report.pupils_left, report.staff_added)
        staff = (report.staff_changed, report.staff_left)
        records = (report.consents_recorded, report.biometric_recorded, report.purged)
        return any((*people, *staff, *records, contacts.linked, contacts.changed, self.taken_down))

    @property
    def lines(self) -> tuple[str, ...]:
        """For the person at the command line: numbers, and ids where somebody must look."""
        report, contacts = self.report, self.contacts
        kept = sorted({key[0] for key in report.kept_refusals} | {*report.kept_biometric_refusals})
        return (
            *(f"Please note: {warning}" for warning in self.warnings),
            *(f"Left out: {row}" for row in report.skipped),
            *(f"Please note: a newer refusal on record stays for {who}." for who in kept),
            *report.notes,
            f"Pupils: {len(report.pupils_added)} new, {len(self.changed)} changed, "
            f"{len(report.pupils_left)} left, {len(report.pupils_returned)} came back.",
            *(f"Lost permission for {_named(key)}: {len(ids)}." for key, ids in self.lost.items()),
            *(f"New permission for {_named(key)}: {len(ids)}." for key, ids in self.gained.items()),
            f"Answers recorded: {report.consents_recorded}. Contacts: {len(contacts.linked)} new, "
            f"{len(contacts.changed)} with another e-mail address.",
            f"Faces deleted: {len(report.purged)}. Live posts that come down: "
            f"{len(self.taken_down)}. Waiting submissions checked again: {len(self.rechecked)}.",
            *([f"This would remove {self.refused}."] if self.refused else []),
        )


def _named(key: tuple[Use, Scope]) -> str:
    use, scope = key
    return f"{use}, shown alone" if scope is Scope.INDIVIDUAL else str(use)


class _Rehearsed(Exception):
    """Ends a rehearsal's transaction, so that it is rolled back."""


def rehearse(
    school: School, export: Export, *, actor: str, only_good_rows: bool = False
) -> Outcome:
    """What an import would do; nothing is changed. Raises `ImportRefused` for wrong rows (unless
    `only_good_rows`) and for files that cannot be used; a mass removal is told in `refused`.
    """
    try:
        return _rehearse(school, export, actor, only_good_rows, confirm_removals=False)
    except TooManyRemovals as problem:
        outcome = _rehearse(school, export, actor, only_good_rows, confirm_removals=True)
        return replace(outcome, refused=problem.going)


def _rehearse(
    school: School, export: Export, actor: str, only_good_rows: bool, confirm_removals: bool
) -> Outcome:
    found: list[Outcome] = []
    try:
        with school.database.write() as session:
            found.append(
                bring_in(
                    school,
                    session,
                    export,
                    actor=actor,
                    only_good_rows=only_good_rows,
                    confirm_removals=confirm_removals,
                )
            )
            raise _Rehearsed
    except _Rehearsed:
        return replace(found[0], event=0)


def carry_out(
    school: School,
    export: Export,
    *,
    actor: str,
    seen: str | None = None,
    only_good_rows: bool = False,
    confirm_removals: bool = False,
) -> Outcome:
    """Import it: all of it or nothing. `seen` is the fingerprint of the rehearsal that somebody
    confirmed. Raises `PreviewPassed`, `ImportRefused` and `TooManyRemovals`.
    """
    with school.database.write() as session:
        outcome = bring_in(
            school,
            session,
            export,
            actor=actor,
            only_good_rows=only_good_rows,
            confirm_removals=confirm_removals,
        )
        if seen is not None and seen != outcome.fingerprint:
            raise PreviewPassed(
                "Something has changed since this preview was made, so nothing was imported. "
                "Look at it again."
            )
    return outcome


def confirm_roll(school: School, *, actor: str) -> None:
    """Somebody has looked: the roll is complete as it stands. What waits is checked again."""
    with school.database.write() as session:
        count = len(pupils(session))
        session.add(RollImport(at=school.clock(), by=actor, pupils=count))
        school.audit.append(session, actor, "roll.confirmed", "register", {"pupils": count})
        register_changed(school, session, None, actor=actor)


def bring_in(
    school: School,
    session: Session,
    export: Export,
    *,
    actor: str,
    only_good_rows: bool = False,
    confirm_removals: bool = False,
) -> Outcome:
    """The import and its consequences, within the caller's transaction: the register, the
    contacts, live posts that come down, and submissions that are checked again.
    """
    now, today = school.clock().astimezone(school.zone), school.today()
    record = partial(school.audit.append, session, actor)
    export = _of_known_children(session, export)
    before, known = permitted_on(session, today), _roll(session)
    report = import_folder(
        session,
        export.contents,
        recorded_by=actor,
        now=now,
        record=record,
        only_good_rows=only_good_rows,
        confirm_removals=confirm_removals,
    )
    event = session.exec(select(AuditHead.seq)).one()
    children = {row.pupil_id for row in export.contents.roll}
    children -= erased_among(session, children)
    contacts = import_contacts(
        session,
        [row for row in export.guardians if row.pupil_id in children],
        children=children if export.has_contacts else (),
        recorded_by=actor,
        now=now,
        record=record,
    )
    # A new guardian can change what the family's answers come to.
    purged = {*report.purged, *purge_unconsented(session, today, record=record)}
    report = replace(report, purged=tuple(sorted(purged)))
    after = permitted_on(session, today)
    rechecked = tuple(open_submission_ids(session))
    lost = {pupil_id for pupil_id, _, _ in before - after}
    taken_down = tuple(register_changed(school, session, None, actor=actor, lost=lost))
    outcome = Outcome(
        report=report,
        contacts=contacts,
        changed=tuple(_changed(known, _roll(session), report)),
        lost=_by_use(before - after),
        gained=_by_use(after - before),
        taken_down=taken_down,
        rechecked=rechecked,
        warnings=tuple(map(str, export.contents.warnings)),
        event=event,
    )
    return replace(outcome, fingerprint=_fingerprint(outcome, export))


def _of_known_children(session: Session, export: Export) -> Export:
    """Without those whose number is another child's, and without their contacts."""
    contents = without_strangers(session, export.contents)
    unclear = contents.unclear
    guardians = tuple(row for row in export.guardians if row.pupil_id not in unclear)
    return replace(export, contents=contents, guardians=guardians)


def _roll(session: Session) -> dict[str, RollRow]:
    return {pupil.pupil_id: roll_row(pupil) for pupil in pupils(session, leavers=True)}


def _changed(
    known: Mapping[str, RollRow], now: Mapping[str, RollRow], report: ImportReport
) -> list[tuple[RollRow, RollRow]]:
    pairs = [(known[who], now[who]) for who in report.pupils_changed]
    return [(old, new) for old, new in pairs if old != new]


def _by_use(keys: Set[ConsentKey]) -> Permitted:
    found: dict[tuple[Use, Scope], set[str]] = defaultdict(set)
    for pupil_id, use, scope in keys:
        found[use, scope].add(pupil_id)
    return {key: frozenset(found[key]) for key in sorted(found)}


def _fingerprint(outcome: Outcome, export: Export) -> str:
    """What a person confirms. Submissions come and go all day and are harmless to check again;
    the ids of new guardians are drawn anew each time.
    """
    told = {
        "contents": repr(replace(export.contents, errors=(), warnings=(), faces=())),
        "guardians": repr(export.guardians),
        "report": repr(replace(outcome.report, skipped=())),
        "skipped": len(outcome.report.skipped),
        "changed": repr(outcome.changed),
        "contacts": [
            len(outcome.contacts.added),
            sorted(child for child, _ in outcome.contacts.linked),
            outcome.contacts.changed,
        ],
        "lost": _as_lists(outcome.lost),
        "gained": _as_lists(outcome.gained),
        "taken_down": sorted(outcome.taken_down),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _as_lists(permitted: Permitted) -> dict[str, list[str]]:
    return {"/".join(key): sorted(ids) for key, ids in permitted.items()}
