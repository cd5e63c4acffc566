"""Several posts go back to their authors at once, for one reason.

Approving has no such page: each post is approved by somebody who looked at it.
"""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gatekeeper.web.errors import CHANGED_MEANWHILE, in_words
from gatekeeper.web.loading import visible_submission
from gatekeeper.web.review import show_queue
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper_queue.people import Act
from gatekeeper_queue.review import send_back

router = APIRouter()


@router.post("/review/send-back")
def do_send_several_back(visit: SignedIn, form: Posted) -> Response:
    """All that are ticked, or none of them."""
    visit.require(Act.REVIEW)
    ticked, reason = form.texts("item"), form.text("reason")
    problem = "" if ticked else "Tick the posts that are to go back."
    try:
        with visit.school.database.write() as session:
            for submission_id in ticked:
                row = visible_submission(session, visit, submission_id)
                send_back(visit.school, session, visit.user, row, reason)
    except CHANGED_MEANWHILE as refused:
        problem = f"None was sent back. {in_words(refused)}"
    if problem:
        return show_queue(visit, problem=problem, ticked=ticked, reason=reason, status=409)
    return RedirectResponse("/review?done=several", 303)
