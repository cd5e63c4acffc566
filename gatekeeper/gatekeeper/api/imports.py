"""Importing the register: send the files, look at what they would change, and confirm just that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, File, Response, UploadFile

from gatekeeper.api.access import Known
from gatekeeper.api.downloads import file_of
from gatekeeper.api.import_shapes import (
    ColumnsIn,
    ColumnsOut,
    ConfirmIn,
    ImportedOut,
    PreviewOut,
    RollOut,
    UploadOut,
    columns_out,
    preview_out,
    roll_out,
)
from gatekeeper.importing import confirm_roll
from gatekeeper.web.errors import Conflict, NotFound
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
from gatekeeper.web.site import Caller
from gatekeeper_consent.exports.mapping import BadMapping
from gatekeeper_consent.exports.workbook import Unreadable
from gatekeeper_consent.register import TooManyRemovals
from gatekeeper_queue.people import Act

router = APIRouter(tags=["import"])
_MOST = 8
_SAY_COLUMNS = "Say first what the columns of the file are, and look at the preview again."
_FOLDER = "The files of a register folder have no columns to choose."


@router.get("/register")
def roll(caller: Known) -> RollOut:
    """How old the roll is, and the columns that are known."""
    caller.require(Act.EDIT_REGISTER)
    return roll_out(roll_view(caller))


@router.post("/register/up-to-date")
def up_to_date(caller: Known) -> RollOut:
    """A school that keeps its roll here by hand says that it is complete."""
    caller.require(Act.EDIT_REGISTER)
    confirm_roll(caller.school, actor=caller.user.id)
    return roll_out(roll_view(caller))


@router.post("/register/take-out", response_class=Response, responses=file_of("application/zip"))
def take_out(caller: Known) -> Response:
    """The register as the files of a register folder; that they were taken is on record."""
    caller.require(Act.EDIT_REGISTER)
    return take_out_register(caller)


@router.post("/imports", status_code=201)
def upload(
    files: Annotated[list[UploadFile], File(min_length=1, max_length=_MOST)], caller: Known
) -> UploadOut:
    """Keep one export, or the files of a register folder, until it is confirmed or dropped.

    It is this person's alone, and is forgotten after a while. Nothing is changed by it.
    """
    caller.require(Act.EDIT_REGISTER)
    draft_id, unmapped = keep_upload(caller, files)
    return UploadOut(id=draft_id, columns_known=not unmapped)


@router.get("/imports/{import_id}/columns")
def columns(import_id: str, caller: Known) -> ColumnsOut:
    """What its columns are, else a guess from their headings. A person looks at each."""
    caller.require(Act.EDIT_REGISTER)
    return columns_out(_columns(caller, import_id))


@router.put("/imports/{import_id}/columns")
def do_say_columns(import_id: str, sent: ColumnsIn, caller: Known) -> ColumnsOut:
    """Say what they are; kept under the name for files with the same headings."""
    caller.require(Act.EDIT_REGISTER)
    say_columns(caller, _columns(caller, import_id), sent.columns, sent.name)
    return columns_out(_columns(caller, import_id))


@router.get("/imports/{import_id}")
def preview(import_id: str, caller: Known, leave_out: bool = False) -> PreviewOut:
    """What it would change and what follows from that, tried out and rolled back.

    With `leave_out` without the rows that are wrong.
    """
    caller.require(Act.EDIT_REGISTER)
    with _there():
        return preview_out(preview_of(caller, import_id, leave_out=leave_out))


@router.post("/imports/{import_id}/confirm")
def do_confirm(import_id: str, sent: ConfirmIn, caller: Known) -> ImportedOut:
    """Import what the preview with this digest showed: all of it, or nothing."""
    caller.require(Act.EDIT_REGISTER)
    try:
        with _there():
            outcome = import_seen(
                caller,
                import_id,
                seen=sent.digest,
                leave_out=sent.leave_out,
                confirm_removals=sent.confirm_removals,
            )
    except TooManyRemovals as error:
        raise Conflict(
            f"This would remove {error.going}. Send `confirm_removals` to say that this is right."
        ) from error
    return ImportedOut(event=outcome.event, taken_down=list(outcome.taken_down))


@router.post("/imports/{import_id}/drop", status_code=204)
def do_drop(import_id: str, caller: Known) -> None:
    """Forget the files. One that is gone already is gone as was asked."""
    caller.require(Act.EDIT_REGISTER)
    drop_upload(caller, import_id)


def _columns(caller: Caller, import_id: str) -> Columns:
    with _there():
        found = columns_of(caller, import_id)
    if found is None:
        raise Conflict(_FOLDER)
    return found


@contextmanager
def _there() -> Iterator[None]:
    """An upload that can be read, with columns that are known."""
    try:
        yield
    except Unreadable as error:
        raise NotFound from error
    except BadMapping as error:
        raise Conflict(_SAY_COLUMNS) from error
