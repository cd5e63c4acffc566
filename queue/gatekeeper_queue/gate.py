"""The gate before every channel: may anything be sent at all?"""

from __future__ import annotations

from sqlmodel import Session

from gatekeeper_queue.frozen import why_frozen
from gatekeeper_queue.pausing import why_paused
from gatekeeper_queue.policy_changes import policy_waits
from gatekeeper_queue.school import School


def held(school: School, session: Session) -> str:
    """Why nothing may be sent at this moment, for people; empty when all may go out.

    What is planned stays planned, and goes out once the reason is gone.
    """
    return why_frozen(session) or why_paused(session) or policy_waits(school, session)
