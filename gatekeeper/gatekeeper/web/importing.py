"""The office imports the register: choose a file, say what its columns are, see what it would
change and what follows from that, and only then confirm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gatekeeper.importing import PreviewPassed, confirm_roll
from gatekeeper.web.errors import NotFound
from gatekeeper.web.import_views import done_view
from gatekeeper.web.loading import RowId
from gatekeeper.web.register_uploads import (
    Columns,
    columns_of,
    drop_upload,
    import_seen,
    keep_upload,
    preview_of,
    roll_view,
    say_columns,
    take_out_register,
)
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_consent.exports.drafts import NoDraft
from gatekeeper_consent.exports.fields import FIELDS
from gatekeeper_consent.exports.mapping import BadMapping
from gatekeeper_consent.exports.workbook import Unreadable
from gatekeeper_consent.register import ImportRefused, TooManyRemovals
from gatekeeper_queue.people import Act

router = APIRouter()

_NOT_THERE = "That upload is not there any more. Choose the file again."
_CONFIRM = "More than half would go. Tick the box to say that this is right, or leave it."


@router.get("/import")
def upload_page(visit: SignedIn, gone: str = "") -> Response:
    visit.require(Act.EDIT_REGISTER)
    return _upload_page(visit, problem=_NOT_THERE if gone else "")


def _upload_page(visit: Visit, *, problem: str = "", status: int = 200) -> Response:
    roll = roll_view(visit)
    return visit.page(
        "import.html",
        status=status,
        problem=problem,
        imported_at=roll.imported_at,
        mappings=roll.mappings,
        kept_days=visit.school.periods.drafts,
        stale_after=roll.stale_after,
    )


@router.post("/import")
def upload(visit: SignedIn, form: Posted) -> Response:
    """Keep what was sent, and go on to its columns, or to the preview where they are known."""
    visit.require(Act.EDIT_REGISTER)
    try:
        draft_id, unmapped = keep_upload(visit, form.uploads("files"))
    except Unreadable as problem:
        return _upload_page(visit, problem=str(problem), status=422)
    return RedirectResponse(f"/import/{draft_id}{'/columns' if unmapped else ''}", 303)


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
    return take_out_register(visit)


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
        columns = columns_of(visit, draft_id)
    except (NoDraft, Unreadable):
        return _gone()
    if columns is None:
        return RedirectResponse(f"/import/{draft_id}", 303)
    return _columns_page(visit, columns, columns.chosen, columns.name)


def _columns_page(
    visit: Visit, columns: Columns, chosen: Mapping[str, str], name: str, problem: str = ""
) -> Response:
    groups: dict[str, list[Any]] = {}
    for field in FIELDS:
        groups.setdefault(field.group, []).append(field)
    return visit.page(
        "import_columns.html",
        status=422 if problem else 200,
        draft=columns.draft,
        table=columns.table,
        groups=groups,
        chosen=chosen,
        unused=[one for one in columns.table.headings if one not in chosen.values()],
        samples=columns.samples,
        name=name,
        problem=problem,
    )


@router.post("/import/{draft_id}/columns")
def map_columns(draft_id: str, visit: SignedIn, form: Posted) -> Response:
    visit.require(Act.EDIT_REGISTER)
    asked = {field.key: form.text(field.key) for field in FIELDS if form.text(field.key)}
    name = form.text("name")
    try:
        columns = columns_of(visit, draft_id)
    except (NoDraft, Unreadable):
        return _gone()
    if columns is not None:
        try:
            say_columns(visit, columns, asked, name)
        except NoDraft:
            return _gone()
        except BadMapping as problem:
            return _columns_page(visit, columns, asked, name, str(problem))
    return RedirectResponse(f"/import/{draft_id}", 303)


@router.get("/import/{draft_id}")
def preview_page(draft_id: str, visit: SignedIn, leave_out: str = "") -> Response:
    visit.require(Act.EDIT_REGISTER)
    return _preview(visit, draft_id, bool(leave_out))


def _preview(visit: Visit, draft_id: str, leave_out: bool, problem: str = "") -> Response:
    """What the import would do."""
    try:
        found = preview_of(visit, draft_id, leave_out=leave_out)
    except (NoDraft, Unreadable):
        return _gone()
    except BadMapping:
        return RedirectResponse(f"/import/{draft_id}/columns", 303)
    return visit.page(
        "import_preview.html",
        status=409 if problem else 200,
        draft=found.draft,
        view=found.view,
        refusal=found.refusal,
        leave_out=leave_out,
        problem=problem,
    )


@router.post("/import/{draft_id}")
def confirm(draft_id: str, visit: SignedIn, form: Posted) -> Response:
    """Import what the preview showed; when that is not what would be done now, show it anew."""
    visit.require(Act.EDIT_REGISTER)
    leave_out = form.text("leave_out") == "1"
    try:
        outcome = import_seen(
            visit,
            draft_id,
            seen=form.text("seen"),
            leave_out=leave_out,
            confirm_removals=form.text("confirm_removals") == "1",
        )
    except (NoDraft, Unreadable, BadMapping):
        return _gone()
    except TooManyRemovals:
        return _preview(visit, draft_id, leave_out, _CONFIRM)
    except (PreviewPassed, ImportRefused) as problem:
        return _preview(visit, draft_id, leave_out, str(problem))
    return RedirectResponse(f"/import/done/{outcome.event}?down={len(outcome.taken_down)}", 303)


@router.post("/import/{draft_id}/drop")
def drop(draft_id: str, visit: SignedIn, form: Posted) -> Response:
    """The upload is not wanted."""
    visit.require(Act.EDIT_REGISTER)
    drop_upload(visit, draft_id)
    return RedirectResponse("/import", 303)


def _gone() -> Response:
    return RedirectResponse("/import?gone=1", 303)
