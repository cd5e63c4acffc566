"""What an import would change, and did, in words for the office."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session, col, select

from gatekeeper.importing import Outcome, Permitted
from gatekeeper.web.postlines import PostLine, post_lines
from gatekeeper.web.words import channel_name, count
from gatekeeper_consent.contents import EVERYTHING, FolderContents, RollRow, RowError
from gatekeeper_consent.exports.drafts import Draft
from gatekeeper_consent.exports.reading import Export
from gatekeeper_consent.folder import KNOWN_FILES
from gatekeeper_consent.models import Guardian, Pupil, StaffMember
from gatekeeper_consent.register import Scope, Use
from gatekeeper_queue.models import AuditEvent, Post

_ROLL = {
    "pupil_id": "number",
    "first_name": "first name",
    "middle_names": "middle names",
    "last_name": "surname",
    "preferred_name": "first name in use",
    "class_name": "class",
    "year": "year group",
}


_MOST_ROWS = 8
"""So many row numbers are read at a glance."""


@dataclass(frozen=True)
class Group:
    """A heading with the people under it."""

    title: str
    lines: tuple[str, ...]
    look: str = "off"
    """The colour and shape of its icon."""


@dataclass(frozen=True)
class Told:
    """Something in the file to correct or to know."""

    where: str
    message: str


@dataclass(frozen=True)
class PreviewView:
    """What the office sees before it confirms."""

    errors: tuple[Told, ...]
    mistakes: int
    """How many there are of them; the same one in several rows is told once."""
    warnings: tuple[Told, ...]
    unusable: bool
    """A whole file cannot be used, so there are no good rows to go on with."""
    rows: int
    notes: tuple[str, ...]
    """What the file does not speak of, and so stays or goes."""
    consequences: tuple[Group, ...] = ()
    people: tuple[Group, ...] = ()
    posts: tuple[PostLine, ...] = ()
    rechecked: int = 0
    refused: str = ""
    fingerprint: str = ""
    nothing: bool = False


def preview_view(
    session: Session,
    draft: Draft,
    export: Export,
    outcome: Outcome | None,
    errors: tuple[RowError, ...],
) -> PreviewView:
    """The preview; without an outcome only what is wrong with the file."""
    contents = export.contents
    view = PreviewView(
        errors=tuple(_told(errors, len(draft.files))),
        mistakes=len(errors),
        warnings=tuple(_told(contents.warnings, len(draft.files))),
        unusable=any(error.whole_file for error in errors),
        rows=len(contents.roll),
        notes=tuple(_notes(draft, export)),
    )
    if outcome is None:
        return view
    names = _Names(session, contents)
    posts = session.exec(select(Post).where(col(Post.id).in_(outcome.taken_down))).all()
    return replace(
        view,
        consequences=(
            *_lookalikes(session, outcome, contents, names),
            *_consequences(outcome, names),
        ),
        people=tuple(_people(session, outcome, names)),
        posts=tuple(post_lines(session, posts)),
        rechecked=len(outcome.rechecked),
        refused=outcome.refused,
        fingerprint=outcome.fingerprint,
        nothing=not outcome.changes_anything,
    )


def _told(found: Iterable[RowError], files: int) -> Iterable[Told]:
    rows: dict[tuple[str, str, str], list[int]] = {}
    for each in found:
        rows.setdefault((each.file, each.column, each.message), []).append(each.line)
    for (file, column, message), lines in rows.items():
        where = _rows(lines) if all(lines) else file
        where += f", “{column}”" if column else ""
        yield Told(f"{where} of {file}" if all(lines) and files > 1 else where, message)


def _rows(lines: Sequence[int]) -> str:
    """ "Row 5", "Rows 5, 7 and 9", "Rows 5, 7 and 30 more"."""
    shown = [str(line) for line in lines[:_MOST_ROWS]]
    if len(lines) == 1:
        return f"Row {shown[0]}"
    if len(lines) > _MOST_ROWS:
        return f"Rows {', '.join(shown)} and {len(lines) - _MOST_ROWS} more"
    return f"Rows {', '.join(shown[:-1])} and {shown[-1]}"


def _notes(draft: Draft, export: Export) -> Iterable[str]:
    covers = export.contents.covers
    if covers == EVERYTHING:
        sent = {name.casefold() for name in draft.files}
        for missing in sorted(set(KNOWN_FILES) - sent - {"roll.csv"}):
            yield f"There is no {missing} among the files, so all that it would hold is taken away."
        yield "Reference pictures of faces are not part of this upload; those on record stay."
        return
    absent = [_ROLL[name] for name in sorted(EVERYTHING.roll - covers.roll, key=list(_ROLL).index)]
    if absent:
        yield f"Of each pupil these have no column, and stay: {', '.join(absent)}."
    if not covers.consents:
        yield "The file has no columns for permissions, so every answer stays as it is."
    elif covers.consents != EVERYTHING.consents:
        uses = [channel_name(use) for use in Use if use in {use for use, _ in covers.consents}]
        yield f"Of the permissions only these are in the file: {', '.join(uses)}. Others stay."
    yield "Staff, consent to recognise faces, and reference pictures stay as they are."


class _Names:
    """Children with their class, and staff, by id; who is in no file, as the register has them."""

    def __init__(self, session: Session, contents: FolderContents) -> None:
        children = (*session.exec(select(Pupil)), *contents.roll)
        members = (*session.exec(select(StaffMember)), *contents.staff)
        self._found = {row.pupil_id: _named(row) for row in children}
        self._found |= {
            row.staff_id: " ".join(filter(None, (row.title, row.first_name, row.last_name)))
            for row in members
        }

    def of(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(self._found.get(who, who) for who in ids))


def _named(row: Pupil | RollRow) -> str:
    name = f"{row.preferred_name or row.first_name} {row.last_name}".strip()
    return f"{name}, {row.class_name}" if row.class_name else name


def _lookalikes(
    session: Session, outcome: Outcome, contents: FolderContents, names: _Names
) -> Iterable[Group]:
    """Children who are new, but were perhaps known by another number: the export has another
    kind of number, or a spreadsheet program has taken the zeros at its start off.
    """
    report = outcome.report
    left = session.exec(select(Pupil).where(col(Pupil.pupil_id).in_(report.pupils_left))).all()
    known = {mark for pupil in left for mark in _marks(pupil)}
    added = [row for row in contents.roll if row.pupil_id in set(report.pupils_added)]
    alike = [row.pupil_id for row in added if known.intersection(_marks(row))]
    if alike:
        children = count(len(alike), "new child looks", "new children look")
        yield Group(
            f"{children} like one who leaves, under another number. Permissions do not move to "
            "another number: check the column with the numbers",
            names.of(alike),
            "no",
        )


def _marks(row: Pupil | RollRow) -> tuple[str, tuple[str, str]]:
    return (
        row.pupil_id.casefold().lstrip("0"),
        (row.first_name.casefold(), row.last_name.casefold()),
    )


def _consequences(outcome: Outcome, names: _Names) -> Iterable[Group]:
    for title, ids in _by_use(outcome.lost):
        children = f"{count(len(ids), 'child', 'children')} {'loses' if len(ids) == 1 else 'lose'}"
        yield Group(f"{children} permission: {title}", names.of(ids), "no")
    purged = outcome.report.purged
    if purged:
        title = f"What the machine knows of {count(len(purged), 'face')} is deleted"
        yield Group(title, names.of(purged), "no")
    for title, ids in _by_use(outcome.gained):
        children = f"{count(len(ids), 'child', 'children')} {'gets' if len(ids) == 1 else 'get'}"
        yield Group(f"{children} permission: {title}", names.of(ids), "ok")
    if outcome.report.erased:
        children = count(outcome.report.erased, "child", "children")
        left_out = ("Their numbers may be used again once the technician allows it.",)
        yield Group(f"{children} left out, because everything about them was erased", left_out)
    own = {who for who, _, _ in outcome.report.kept_answers}
    if own:
        title = f"For {count(len(own), 'child', 'children')} a parent’s own yes stays, though the "
        yield Group(f"{title}file has none", names.of(own), "ask")
    kept = {who for who, _, _ in outcome.report.kept_refusals}
    kept |= {*outcome.report.kept_biometric_refusals}
    if kept:
        verb = "a refusal stays" if len(kept) == 1 else "refusals stay"
        title = f"For {count(len(kept), 'child', 'children')} {verb}, because the file’s yes is "
        yield Group(f"{title}not newer", names.of(kept), "ask")


def _by_use(permitted: Permitted) -> Iterable[tuple[str, frozenset[str]]]:
    for use, scope in itertools.product(Use, Scope):
        ids = permitted.get((use, scope))
        if not ids:
            continue
        alone = ", shown alone" if scope is Scope.INDIVIDUAL else ""
        yield f"{channel_name(use)}{alone}", ids


def _people(session: Session, outcome: Outcome, names: _Names) -> Iterable[Group]:
    report, contacts = outcome.report, outcome.contacts
    returned = set(report.pupils_returned)
    children = "child", "children"
    groups = (
        Group(f"{count(len(report.pupils_left), *children)} left", names.of(report.pupils_left)),
        Group(
            f"{count(len(returned), *children)} came back, with the answers on record",
            names.of(returned),
        ),
        Group(f"{count(len(report.pupils_added), *children)} new", names.of(report.pupils_added)),
        Group(
            f"{count(len(outcome.changed), *children)} with another name, class or year",
            tuple(sorted(f"{_all(old)} → {_all(new)}" for old, new in outcome.changed)),
        ),
        Group(f"{_staff(report.staff_left)} left", names.of(report.staff_left)),
        Group(f"{_staff(report.staff_added)} new", names.of(report.staff_added)),
        Group(f"{_staff(report.staff_changed)} with another name", names.of(report.staff_changed)),
        Group(
            f"{count(len(contacts.linked), 'contact')} new",
            names.of(child for child, _ in contacts.linked),
        ),
        Group(
            f"{count(len(contacts.changed), 'contact')} with another e-mail address",
            _guardians(session, contacts.changed),
        ),
        Group(
            f"{count(len(contacts.kept_ended), 'contact')} whose say was ended here, and stays so",
            names.of(child for child, _ in contacts.kept_ended),
            "ask",
        ),
        Group(
            f"{count(len(contacts.missing), 'contact')} here of whom the file knows nothing; each "
            "keeps their say until you end it",
            _with_guardians(session, contacts.missing, names),
            "ask",
        ),
    )
    return (group for group in groups if group.lines)


def _staff(ids: Sequence[str]) -> str:
    return f"{count(len(ids), 'member')} of staff"


def _with_guardians(
    session: Session, pairs: Sequence[tuple[str, str]], names: _Names
) -> tuple[str, ...]:
    called = dict(session.exec(select(Guardian.id, Guardian.name)).all())
    return tuple(
        f"{names.of([child])[0]}: {called.get(guardian, guardian)}" for child, guardian in pairs
    )


def _guardians(session: Session, ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(session.exec(select(Guardian.name).where(col(Guardian.id).in_(ids))))


def _all(row: RollRow) -> str:
    names = (row.first_name, row.middle_names, row.last_name)
    known_as = f" (“{row.preferred_name}”)" if row.preferred_name else ""
    parts = [f"{' '.join(name for name in names if name)}{known_as}", row.class_name]
    return ", ".join(part for part in (*parts, row.year and f"Year {row.year}") if part)


def done_view(session: Session, event: int, by: str) -> Mapping[str, Any] | None:
    """What the audit log has of an import that this person made; None when there is none."""
    row = session.get(AuditEvent, event)
    if row is None or (row.kind, row.actor) != ("register.imported", by):
        return None
    data: dict[str, Any] = json.loads(row.data)
    return {name: len(found) if isinstance(found, list) else found for name, found in data.items()}
