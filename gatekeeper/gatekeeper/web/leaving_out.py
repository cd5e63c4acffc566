"""One press takes the children's names out of the caption and the descriptions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlmodel import Session

from gatekeeper.web.site import Caller
from gatekeeper.web.views import SubmissionView, submission_view
from gatekeeper_detectors.rules import child_named
from gatekeeper_detectors.text.leave_out import without_names
from gatekeeper_queue.models import Submission
from gatekeeper_queue.submissions import BadSubmission, edit, stored_content

_FEWEST_WORDS = 3
"""What is left must still say something."""
_NOTHING = "There is no name to leave out as it is now. Look at it again."


@dataclass(frozen=True)
class Suggestion:
    """The texts without the names that the rules are sure of."""

    caption: str
    alts: dict[str, str]
    """By photo id; those that change."""


def suggestion_for(view: SubmissionView) -> Suggestion | None:
    """None where nothing names a child, or too little would be left."""
    caption = _without(view, view.row.caption, "caption", None)
    alts = {photo.id: _without(view, photo.alt, "alt", n) for n, photo in enumerate(view.photos)}
    changed = {photo.id: alts[photo.id] for photo in view.photos if alts[photo.id] != photo.alt}
    if caption == view.row.caption and not changed:
        return None
    if any(len(text.split()) < _FEWEST_WORDS for text in (caption, *changed.values())):
        return None
    return Suggestion(caption, changed)


def _without(view: SubmissionView, text: str, field: str, photo: int | None) -> str:
    spans = [
        (span.start, span.end)
        for finding in view.findings
        if finding.rule == child_named.RULE.id
        for span in finding.spans
        if (span.field, span.photo) == (field, photo)
    ]
    return without_names(text, spans) if spans else text


def leave_names_out(caller: Caller, session: Session, row: Submission) -> None:
    """Make the suggestion a new version, which is checked anew; the author's answers to the short
    checklist are about the pictures, and stand. Raises `NotAllowed`, `BadSubmission`.
    """
    suggested = suggestion_for(submission_view(caller.school, session, row))
    if suggested is None:
        raise BadSubmission({"state": _NOTHING})
    content = replace(stored_content(row), caption=suggested.caption)
    edit(caller.school, session, caller.user, row, content, alts=suggested.alts)
