"""Changing the register from a page, and saying what was done."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date
from urllib.parse import quote

from fastapi.responses import RedirectResponse

from gatekeeper.register_changes import Change, change_register
from gatekeeper.web.site import Caller


def changing(caller: Caller, person_id: str) -> AbstractContextManager[Change]:
    """A change by this person (`change_register`)."""
    return change_register(caller.school, person_id, actor=caller.user.id)


def done(path: str, what: str, change: Change) -> RedirectResponse:
    """Back to the page, which says what was done (`told`)."""
    return RedirectResponse(f"{path}?done={what}&down={len(change.taken_down)}", 303)


def pupil_path(pupil_id: str) -> str:
    return f"/register/{quote(pupil_id, safe='')}"


_DONE = {
    "answered": "The answer is recorded.",
    "undone": "Undone: what was said before counts again. Both stay in the history.",
    "guardian": "The guardian is on the register.",
    "guardian-changed": "The guardian’s record is changed.",
    "guardian-ended": "The guardian has no say about this child any more.",
    "protected": "From now on this child is never published, whatever anybody agreed to.",
    "lifted": "From now on the answers on record count again.",
    "added": "The new record is made.",
    "changed": "The change is recorded.",
    "left": "Recorded as having left.",
    "returned": "Recorded as being back.",
}


def told(what: str, down: str) -> str:
    """What was done, for the top of the page; empty for what no page of ours sends."""
    if what not in _DONE:
        return ""
    number = int(down) if down.isascii() and down.isdecimal() and len(down) < 5 else 0
    if not number:
        return _DONE[what]
    posts = "1 published post comes" if number == 1 else f"{number} published posts come"
    return f"{_DONE[what]} {posts} down because of it."


def day_in(text: str) -> date | None:
    """The day of a date field; None for anything else."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
