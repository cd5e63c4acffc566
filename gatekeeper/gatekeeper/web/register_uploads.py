"""An upload of the register, from the file to what it changes: for the page and for programs.

Whoever sent it says what its columns are, sees what it would change, and confirms just that.
`NoDraft` is raised for an upload that is not there or is another person's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePath

from fastapi import Response
from starlette.datastructures import UploadFile

from gatekeeper.importing import Outcome, carry_out, rehearse
from gatekeeper.register_files import export_archive
from gatekeeper.web.downloads import as_download
from gatekeeper.web.import_views import PreviewView, preview_view
from gatekeeper.web.site import Caller
from gatekeeper_consent.exports.drafts import (
    Draft,
    NoDraft,
    drop_draft,
    keep_draft,
    map_draft,
    open_draft,
    sweep_drafts,
)
from gatekeeper_consent.exports.mapping import check, fitting, guess, save_mapping, saved_mappings
from gatekeeper_consent.exports.reading import Export, read_export
from gatekeeper_consent.exports.table import Table, read_table
from gatekeeper_consent.exports.workbook import Unreadable
from gatekeeper_consent.folder import KNOWN_FILES, read_files
from gatekeeper_consent.models import ColumnMapping
from gatekeeper_consent.people import pupils
from gatekeeper_consent.records import roll_imported_at
from gatekeeper_consent.register import ImportRefused
from gatekeeper_consent.sheet import LARGEST_FILE
from gatekeeper_detectors.policy import Policy
from gatekeeper_detectors.rules import stale_roll

_SAMPLES = 3


@dataclass(frozen=True)
class RollView:
    """How old the roll is, and the columns that are known."""

    imported_at: datetime | None
    stale_after: int
    """Days after which it counts as stale; 0 where the school's policy looks away."""
    mappings: list[ColumnMapping]


@dataclass(frozen=True)
class Preview:
    """What an import would do, tried out and rolled back."""

    draft: Draft
    view: PreviewView
    outcome: Outcome | None
    """None where it would be refused."""
    refusal: str
    """Why."""


@dataclass(frozen=True)
class Columns:
    """What the columns of an upload are, or probably are."""

    draft: Draft
    table: Table
    chosen: Mapping[str, str]
    """Heading by the key of its field."""
    name: str
    """Under which it is kept."""

    @property
    def unused(self) -> list[str]:
        return [one for one in self.table.headings if one not in self.chosen.values()]

    @property
    def samples(self) -> dict[str, list[str]]:
        """The first few different cells of each column, so that a person sees what it holds."""
        cells = {
            heading: dict.fromkeys(row.cells[place] for row in self.table.records)
            for place, heading in enumerate(self.table.headings)
        }
        return {name: [one for one in found if one][:_SAMPLES] for name, found in cells.items()}


def roll_view(caller: Caller) -> RollView:
    """When the roll was last brought up to date, and what was kept of columns."""
    with caller.school.database.read() as session:
        at, mappings = roll_imported_at(session), saved_mappings(session)
    return RollView(at, _stale_after(caller.school.policy), mappings)


def _stale_after(policy: Policy) -> int:
    setting = policy.settings[stale_roll.RULE.id]
    if setting.action == "off" or not isinstance(setting.options, stale_roll.StaleRollOptions):
        return 0
    return setting.options.max_days


def keep_upload(caller: Caller, uploads: Iterable[UploadFile]) -> tuple[str, bool]:
    """The id of what was sent, and whether somebody has to say first what its columns are.
    Raises `Unreadable`."""
    files = _files(uploads)
    table = _table(files)
    school = caller.school
    with school.database.write() as session:
        known = None if table is None else fitting(session, table.headings)
        columns = {} if known is None else known.columns
        sweep_drafts(session, school.clock() - timedelta(days=school.periods.drafts))
        draft_id = keep_draft(
            session, school.cipher, files, columns, added_by=caller.user.id, now=school.clock()
        )
    return draft_id, table is not None and known is None


def _files(uploads: Iterable[UploadFile]) -> dict[str, bytes]:
    """At most one byte more of each than is taken, so that reading it says that it is too large."""
    return {
        PurePath(each.filename or "").name[:100]: each.file.read(LARGEST_FILE + 1)
        for each in uploads
    }


def _table(files: Mapping[str, bytes]) -> Table | None:
    """The table of an export; None for the files of a register folder. Raises `Unreadable`."""
    if not files:
        raise Unreadable("Choose a file first.")
    if _is_folder(files):
        return None
    if len(files) > 1:
        raise Unreadable(
            "Choose one export at a time, or the files of a register folder together: "
            f"{', '.join(KNOWN_FILES)}."
        )
    ((name, data),) = files.items()
    return read_table(name, data)


def _is_folder(files: Mapping[str, bytes]) -> bool:
    """Files of a register folder; roll.csv alone is an export of the roll like any other."""
    names = {name.casefold() for name in files}
    return names <= set(KNOWN_FILES) and names != {"roll.csv"}


def columns_of(caller: Caller, draft_id: str) -> Columns | None:
    """What its columns are, else a guess; None for a register folder, which has none to choose.
    Raises `NoDraft` and `Unreadable`."""
    draft, table = _open(caller, draft_id)
    if table is None:
        return None
    with caller.school.database.read() as session:
        ids = [pupil.pupil_id for pupil in pupils(session)]
        known = fitting(session, table.headings)
    name = known.name if known else PurePath(draft.name).stem[:60]
    return Columns(draft, table, draft.columns or guess(table, ids), name)


def say_columns(caller: Caller, columns: Columns, asked: Mapping[str, str], name: str) -> None:
    """Keep what somebody says that they are, for this upload and for those with the same
    headings. Raises `BadMapping` and `NoDraft`."""
    school = caller.school
    chosen = check(asked, columns.table.headings)
    with school.database.write() as session:
        save_mapping(
            session,
            name,
            chosen,
            columns.table.headings,
            saved_by=caller.user.id,
            now=school.clock(),
            record=partial(school.audit.append, session, caller.user.id),
        )
        map_draft(session, columns.draft.id, chosen, by=caller.user.id)


def preview_of(caller: Caller, draft_id: str, *, leave_out: bool) -> Preview:
    """What it would do; with `leave_out` without the rows that are wrong. Raises `NoDraft`,
    `Unreadable`, and `BadMapping` while nobody has said what the columns are."""
    draft, export = _read(caller, draft_id)
    outcome: Outcome | None = None
    refusal, errors = "", export.contents.errors
    try:
        outcome = rehearse(caller.school, export, actor=caller.user.id, only_good_rows=leave_out)
        errors = outcome.report.skipped
    except ImportRefused as refused:
        refusal, errors = str(refused), refused.errors or errors
    with caller.school.database.read() as session:
        view = preview_view(session, draft, export, outcome, errors)
    return Preview(draft, view, outcome, refusal)


def import_seen(
    caller: Caller, draft_id: str, *, seen: str, leave_out: bool, confirm_removals: bool
) -> Outcome:
    """Import what the preview with the fingerprint `seen` showed, and forget the upload.

    Raises what `preview_of` and `carry_out` raise; then nothing was imported.
    """
    _, export = _read(caller, draft_id)
    outcome = carry_out(
        caller.school,
        export,
        actor=caller.user.id,
        seen=seen,
        only_good_rows=leave_out,
        confirm_removals=confirm_removals,
    )
    drop_upload(caller, draft_id)
    return outcome


def drop_upload(caller: Caller, draft_id: str) -> None:
    """The upload is not wanted; one that is gone already is gone as was asked."""
    with suppress(NoDraft), caller.school.database.write() as session:
        drop_draft(session, draft_id, by=caller.user.id)


def take_out_register(caller: Caller) -> Response:
    """The register as the files of a register folder; that they were taken is on record."""
    data = export_archive(caller.school, actor=caller.user.id)
    day = caller.school.today().isoformat()
    return as_download(data, f"register-{day}.zip", "application/zip")


def _open(caller: Caller, draft_id: str) -> tuple[Draft, Table | None]:
    """The upload with its table; None for a register folder. Raises `NoDraft`, `Unreadable`."""
    with caller.school.database.read() as session:
        draft = open_draft(session, caller.school.cipher, draft_id, by=caller.user.id)
    return draft, _table(draft.files)


def _read(caller: Caller, draft_id: str) -> tuple[Draft, Export]:
    """The upload as the register would have it. Raises `NoDraft`, `Unreadable`, `BadMapping`."""
    draft, table = _open(caller, draft_id)
    today = caller.school.today()
    if table is None:
        return draft, Export(read_files(draft.files, today=today))
    return draft, read_export(table, check(draft.columns, table.headings), today=today)
