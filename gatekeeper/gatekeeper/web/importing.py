"""The office imports the register: choose a file, say what its columns are, see what it would
change and what follows from that, and only then confirm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import PurePath
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from gatekeeper.importing import Outcome, PreviewPassed, carry_out, confirm_roll, rehearse
from gatekeeper.register_files import export_archive
from gatekeeper.web.errors import NotFound
from gatekeeper.web.import_views import done_view, preview_view
from gatekeeper.web.loading import RowId
from gatekeeper.web.security import Form, Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper.web.uploads import was_chosen
from gatekeeper_consent.exports.drafts import (
    Draft,
    NoDraft,
    drop_draft,
    keep_draft,
    map_draft,
    open_draft,
    sweep_drafts,
)
from gatekeeper_consent.exports.fields import FIELDS
from gatekeeper_consent.exports.mapping import (
    BadMapping,
    check,
    fitting,
    guess,
    save_mapping,
    saved_mappings,
)
from gatekeeper_consent.exports.reading import Export, read_export
from gatekeeper_consent.exports.table import Table, read_table
from gatekeeper_consent.exports.workbook import Unreadable
from gatekeeper_consent.folder import KNOWN_FILES, read_files
from gatekeeper_consent.people import pupils
from gatekeeper_consent.records import roll_imported_at
from gatekeeper_consent.register import ImportRefused, TooManyRemovals
from gatekeeper_consent.sheet import LARGEST_FILE
from gatekeeper_detectors.policy import Policy
from gatekeeper_detectors.rules import stale_roll
from gatekeeper_queue.people import Act

router = APIRouter()

_SAMPLES = 3
_NOT_THERE = "That upload is not there any more. Choose the file again."
_CONFIRM = "More than half would go. Tick the box to say that this is right, or leave it."


@router.get("/import")
def upload_page(visit: SignedIn, gone: str = "") -> Response:
    visit.require(Act.EDIT_REGISTER)
    return _upload_page(visit, problem=_NOT_THERE if gone else "")


def _upload_page(visit: Visit, *, problem: str = "", status: int = 200) -> Response:
    with visit.school.database.read() as session:
        at, mappings = roll_imported_at(session), saved_mappings(session)
    return visit.page(
        "import.html",
        status=status,
        problem=problem,
        imported_at=at,
        mappings=mappings,
        kept_days=visit.school.periods.drafts,
        stale_after=_stale_after(visit.school.policy),
    )


def _stale_after(policy: Policy) -> int:
    """Days after which the roll counts as stale; 0 where the school's policy looks away."""
    setting = policy.settings[stale_roll.RULE.id]
    if setting.action == "off" or not isinstance(setting.options, stale_roll.StaleRollOptions):
        return 0
    return setting.options.max_days


@router.post("/import")
def upload(visit: SignedIn, form: Posted) -> Response:
    """Keep what was sent, and go on to its columns, or to the preview where they are known."""
    visit.require(Act.EDIT_REGISTER)
    files = _files(form)
    try:
        table = _table(files)
    except Unreadable as problem:
        return _upload_page(visit, problem=str(problem), status=422)
    school = visit.school
    with school.database.write() as session:
        known = None if table is None else fitting(session, table.headings)
        columns = {} if known is None else known.columns
        sweep_drafts(session, school.clock() - timedelta(days=school.periods.drafts))
        draft_id = keep_draft(
            session,
            school.cipher,
            files,
            columns,
            added_by=visit.user.id,
            now=school.clock(),
        )
    unmapped = table is not None and known is None
    return RedirectResponse(f"/import/{draft_id}{'/columns' if unmapped else ''}", 303)


def _files(form: Form) -> dict[str, bytes]:
    """At most one byte more of each than is taken, so that reading it says that it is too large."""
    sent = [value for value in form.data.getlist("files") if isinstance(value, UploadFile)]
    return {
        PurePath(each.filename or "").name[:100]: each.file.read(LARGEST_FILE + 1)
        for each in sent
        if was_chosen(each)
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


@router.post("/import/up-to-date")
def up_to_date(visit: SignedIn, form: Posted) -> Response:
    """A school that keeps its roll here by hand says that it is complete."""
    visit.require(Act.EDIT_REGISTER)
    confirm_roll(visit.school, actor=visit.user.id)
    return RedirectResponse("/import", 303)


@router.post("/import/take-out")
def take_out(visit: SignedIn, form: Posted) -> Response:
    """The register as the files of a register folder; that they were taken is on record."""
    visit.require(Act.EDIT_REGISTER)
    data = export_archive(visit.school, actor=visit.user.id)
    name = f"register-{visit.school.today().isoformat()}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="application/zip", headers=headers)


@router.get("/import/done/{event}")
def done_page(event: RowId, visit: SignedIn, down: int = 0) -> Response:
    visit.require(Act.EDIT_REGISTER)
    with visit.school.database.read() as session:
        view = done_view(session, event, visit.user.id)
    if view is None:
        raise NotFound
    return visit.page("import_done.html", done=view, down=max(down, 0))


@router.get("/import/{draft_id}/columns")
def columns_page(draft_id: str, visit: SignedIn) -> Response:
    visit.require(Act.EDIT_REGISTER)
    try:
        draft, table = _open(visit, draft_id)
    except (NoDraft, Unreadable):
        return _gone()
    if table is None:
        return RedirectResponse(f"/import/{draft_id}", 303)
    with visit.school.database.read() as session:
        ids = [pupil.pupil_id for pupil in pupils(session)]
        known = fitting(session, table.headings)
    chosen = draft.columns or guess(table, ids)
    name = known.name if known else PurePath(draft.name).stem[:60]
    return _columns_page(visit, draft, table, chosen, name)


def _columns_page(
    visit: Visit,
    draft: Draft,
    table: Table,
    chosen: Mapping[str, str],
    name: str,
    problem: str = "",
) -> Response:
    groups: dict[str, list[Any]] = {}
    for field in FIELDS:
        groups.setdefault(field.group, []).append(field)
    return visit.page(
        "import_columns.html",
        status=422 if problem else 200,
        draft=draft,
        table=table,
        groups=groups,
        chosen=chosen,
        unused=[heading for heading in table.headings if heading not in chosen.values()],
        samples=_samples(table),
        name=name,
        problem=problem,
    )


def _samples(table: Table) -> dict[str, list[str]]:
    """The first few different cells of each column, so that a person sees what it holds."""
    return {
        heading: list(dict.fromkeys(row.cells[place] for row in table.records if row.cells[place]))[
            :_SAMPLES
        ]
        for place, heading in enumerate(table.headings)
    }


@router.post("/import/{draft_id}/columns")
def map_columns(draft_id: str, visit: SignedIn, form: Posted) -> Response:
    visit.require(Act.EDIT_REGISTER)
    try:
        draft, table = _open(visit, draft_id)
    except (NoDraft, Unreadable):
        return _gone()
    if table is None:
        return RedirectResponse(f"/import/{draft_id}", 303)
    asked = {field.key: form.text(field.key) for field in FIELDS if form.text(field.key)}
    name, school = form.text("name"), visit.school
    try:
        columns = check(asked, table.headings)
        with school.database.write() as session:
            save_mapping(
                session,
                name,
                columns,
                table.headings,
                saved_by=visit.user.id,
                now=school.clock(),
                record=partial(school.audit.append, session, visit.user.id),
            )
            map_draft(session, draft_id, columns, by=visit.user.id)
    except BadMapping as problem:
        return _columns_page(visit, draft, table, asked, name, str(problem))
    return RedirectResponse(f"/import/{draft_id}", 303)


@router.get("/import/{draft_id}")
def preview_page(draft_id: str, visit: SignedIn, leave_out: str = "") -> Response:
    visit.require(Act.EDIT_REGISTER)
    return _preview(visit, draft_id, bool(leave_out))


def _preview(visit: Visit, draft_id: str, leave_out: bool, problem: str = "") -> Response:
    """What the import would do, tried out and rolled back."""
    try:
        draft, export = _read(visit, draft_id)
    except (NoDraft, Unreadable):
        return _gone()
    except BadMapping:
        return RedirectResponse(f"/import/{draft_id}/columns", 303)
    outcome: Outcome | None = None
    refusal, errors = "", export.contents.errors
    try:
        outcome = rehearse(visit.school, export, actor=visit.user.id, only_good_rows=leave_out)
        errors = outcome.report.skipped
    except ImportRefused as refused:
        refusal, errors = str(refused), refused.errors or errors
    with visit.school.database.read() as session:
        view = preview_view(session, draft, export, outcome, errors)
    return visit.page(
        "import_preview.html",
        status=409 if problem else 200,
        draft=draft,
        view=view,
        refusal=refusal,
        leave_out=leave_out,
        problem=problem,
    )


@router.post("/import/{draft_id}")
def confirm(draft_id: str, visit: SignedIn, form: Posted) -> Response:
    """Import what the preview showed; when that is not what would be done now, show it anew."""
    visit.require(Act.EDIT_REGISTER)
    leave_out = form.text("leave_out") == "1"
    try:
        _, export = _read(visit, draft_id)
    except (NoDraft, Unreadable, BadMapping):
        return _gone()
    try:
        outcome = carry_out(
            visit.school,
            export,
            actor=visit.user.id,
            seen=form.text("seen"),
            only_good_rows=leave_out,
            confirm_removals=form.text("confirm_removals") == "1",
        )
    except TooManyRemovals:
        return _preview(visit, draft_id, leave_out, _CONFIRM)
    except (PreviewPassed, ImportRefused) as problem:
        return _preview(visit, draft_id, leave_out, str(problem))
    _drop(visit, draft_id)
    return RedirectResponse(f"/import/done/{outcome.event}?down={len(outcome.taken_down)}", 303)


@router.post("/import/{draft_id}/drop")
def drop(draft_id: str, visit: SignedIn, form: Posted) -> Response:
    """The upload is not wanted."""
    visit.require(Act.EDIT_REGISTER)
    _drop(visit, draft_id)
    return RedirectResponse("/import", 303)


def _drop(visit: Visit, draft_id: str) -> None:
    try:
        with visit.school.database.write() as session:
            drop_draft(session, draft_id, by=visit.user.id)
    except NoDraft:
        return  # it is gone, as was asked


def _gone() -> Response:
    return RedirectResponse("/import?gone=1", 303)


def _open(visit: Visit, draft_id: str) -> tuple[Draft, Table | None]:
    """The upload with its table; None for a register folder. Raises `NoDraft`, `Unreadable`."""
    with visit.school.database.read() as session:
        draft = open_draft(session, visit.school.cipher, draft_id, by=visit.user.id)
    return draft, _table(draft.files)


def _read(visit: Visit, draft_id: str) -> tuple[Draft, Export]:
    """The upload as the register would have it. Raises `NoDraft`, `Unreadable`, `BadMapping`."""
    draft, table = _open(visit, draft_id)
    today = visit.school.today()
    if table is None:
        return draft, Export(read_files(draft.files, today=today))
    return draft, read_export(table, check(draft.columns, table.headings), today=today)
