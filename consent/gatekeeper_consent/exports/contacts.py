"""The contacts in an export become guardians. Nobody loses a say by being missing from it.

An export is read often and by habit, so it may add and correct, but neither end a say nor bring
one back: behind an ended say may stand a court.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session, insert, select

from gatekeeper_consent.exports.reading import GuardianRow
from gatekeeper_consent.models import Guardian, Guardianship
from gatekeeper_consent.ports import Recorder

_TITLES = frozenset(("mr", "mrs", "ms", "miss", "mx", "dr", "rev", "prof", "sir", "lady"))


@dataclass
class ContactsReport:
    """What became of the contacts. Ids only."""

    added: list[str] = field(default_factory=list)
    """New guardians."""
    linked: list[tuple[str, str]] = field(default_factory=list)
    """(child, guardian) who have a say from now on, those of new guardians among them."""
    changed: list[str] = field(default_factory=list)
    """Guardians with another e-mail address."""
    kept_ended: list[tuple[str, str]] = field(default_factory=list)
    """(child, guardian) in the export whose say was ended here, and stays so."""
    missing: list[tuple[str, str]] = field(default_factory=list)
    """(child, guardian) with a say here of whom the export knows nothing; they keep it."""


def import_contacts(
    session: Session,
    rows: Sequence[GuardianRow],
    *,
    children: Collection[str] = (),
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> ContactsReport:
    """Add the guardians that are new and correct e-mail addresses, with two queries in all.

    A contact is a child's guardian where the names agree, titles aside. Of another child's
    guardian it must have the name and the e-mail address as well: two people can share either.
    Of the `children` it is told who else has a say about them.
    """
    desk = _Desk(session, recorded_by, now)
    for row in rows:
        desk.take(row)
    desk.write()
    desk.look_for_missing(children)
    report = desk.report
    if report.linked or report.changed:
        linked = sorted({child for child, _ in report.linked})
        data = {"added": report.added, "linked": linked, "changed": report.changed}
        record("guardians.imported", "register", data)
    return report


class _Desk:
    def __init__(self, session: Session, recorded_by: str, now: datetime) -> None:
        self.report = ContactsReport()
        self._links: list[dict[str, object]] = []
        self._session, self._recorded_by, self._now = session, recorded_by, now
        self._guardians = {each.id: each for each in session.exec(select(Guardian))}
        self._seen: set[tuple[str, str]] = set()
        self._says: dict[str, dict[str, bool]] = defaultdict(dict)
        """By child and guardian: is it a say that they have now?"""
        for link in session.exec(select(Guardianship)):
            says = self._says[link.pupil_id]
            says[link.guardian_id] = says.get(link.guardian_id, False) or link.ended_at is None
        self._by_both = {
            (_plain(each.name), each.email): each.id
            for each in self._guardians.values()
            if each.email
        }

    def take(self, row: GuardianRow) -> None:
        name = _plain(row.name)
        for guardian_id, current in self._says[row.pupil_id].items():
            if _plain(self._guardians[guardian_id].name) == name:
                self._seen.add((row.pupil_id, guardian_id))
                if current:
                    self._correct(guardian_id, row.email)
                else:
                    self.report.kept_ended.append((row.pupil_id, guardian_id))
                return
        self._link(row, self._by_both.get((name, row.email)) or self._add(row))

    def _correct(self, guardian_id: str, email: str) -> None:
        guardian = self._guardians[guardian_id]
        if email and email != guardian.email and guardian_id not in self.report.changed:
            guardian.email = email
            self._session.add(guardian)
            self.report.changed.append(guardian_id)

    def _add(self, row: GuardianRow) -> str:
        guardian = Guardian(id=f"g{uuid4().hex[:12]}", name=row.name, email=row.email)
        self._session.add(guardian)
        self._guardians[guardian.id] = guardian
        if row.email:
            self._by_both[_plain(row.name), row.email] = guardian.id
        self.report.added.append(guardian.id)
        return guardian.id

    def _link(self, row: GuardianRow, guardian_id: str) -> None:
        self._links.append(
            {
                "guardian_id": guardian_id,
                "pupil_id": row.pupil_id,
                "relation": row.relation[:100],
                "recorded_at": self._now,
                "recorded_by": self._recorded_by,
                "ended_by": "",
            }
        )
        self._says[row.pupil_id][guardian_id] = True
        self._seen.add((row.pupil_id, guardian_id))
        self.report.linked.append((row.pupil_id, guardian_id))

    def write(self) -> None:
        """One statement for all links, because a first import has thousands."""
        self._session.flush()
        if self._links:
            self._session.exec(insert(Guardianship), params=self._links)

    def look_for_missing(self, children: Collection[str]) -> None:
        self.report.missing += [
            (child, guardian_id)
            for child in sorted(children)
            for guardian_id, current in self._says.get(child, {}).items()
            if current and (child, guardian_id) not in self._seen
        ]


def _plain(name: str) -> str:
    words = name.casefold().replace(".", " ").split()
    return " ".join(word for word in words if word not in _TITLES) or name.casefold()
