"""How far the checks of a submission are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session

from gatekeeper.web.views import BUSY
from gatekeeper_queue.models import Submission, SubmissionPhoto
from gatekeeper_queue.states import SubmissionState
from gatekeeper_queue.submissions import photos_of


@dataclass(frozen=True)
class Step:
    """One step: `done`, `now` or `later`."""

    label: str
    status: str


def steps_of(row: Submission, photos: list[SubmissionPhoto]) -> list[Step]:
    """Waiting, each photo read, faces found, judged."""
    checking = row.state == SubmissionState.CHECKING
    judged = row.state not in BUSY
    read = [bool(photo.clean_sha256 or photo.problem) for photo in photos]
    begun = checking or judged
    steps = [Step("Received", "done")]
    for number, done in enumerate(read, start=1):
        status = (
            "done" if begun and done else "now" if checking and all(read[: number - 1]) else "later"
        )
        steps.append(Step(f"Photo {number} cleaned of hidden data", status))
    searching = "done" if judged else "now" if checking and all(read) else "later"
    steps.append(Step("Faces found and compared with the register", searching))
    steps.append(Step("Rules applied", "done" if judged else "later"))
    return steps


def progress_json(session: Session, row: Submission) -> dict[str, Any]:
    """What the page's script polls."""
    steps = steps_of(row, photos_of(session, row.id))
    return {
        "state": row.state,
        "busy": row.state in BUSY,
        "steps": [asdict(step) for step in steps],
    }
