"""What to do in an incident, in order, and who has done which (P17, P21; G01).

The list follows what the police, the NCSC, the IWF and the ICO ask of a school. A tick is an
audit event, so who did what and when cannot be changed afterwards.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from gatekeeper_queue.incidents import CannotHandle
from gatekeeper_queue.models import AuditEvent, User
from gatekeeper_queue.people import Act, require
from gatekeeper_queue.record_models import Incident
from gatekeeper_queue.school import School

_TICKED = "incident.step"


@dataclass(frozen=True)
class Step:
    """One thing to do, and why or how."""

    id: str
    says: str
    how: str


STEPS = (
    Step(
        "dsl",
        "Tell the designated safeguarding lead and the head, now",
        "In person or by telephone. They lead from here.",
    ),
    Step(
        "danger",
        "Is a child in danger, or is somebody demanding money? Call the police: 999, or 101",
        "Do not pay, do not answer and do not argue, and do not delete what they sent.",
    ),
    Step(
        "evidence",
        "Keep what there is",
        "Note addresses, account names and times. Do not copy, forward or print a sexual image "
        "of a child, not even as evidence: leave it where it is and tell the police.",
    ),
    Step(
        "images",
        "Sexual or altered images of a child: report them",
        "The child, or somebody with the child, can use Report Remove (Childline and the "
        "Internet Watch Foundation). Staff report to the police and at report.iwf.org.uk.",
    ),
    Step(
        "elsewhere",
        "Look for copies elsewhere, and ask for them to be removed",
        "Search engines, other sites and accounts. The Professionals Online Safety Helpline "
        "helps schools with this.",
    ),
    Step(
        "parents",
        "Tell the families of the children concerned",
        "By telephone, on the same day: what is known, what was done, and whom to ask. Agree "
        "with the police first where they are involved.",
    ),
    Step(
        "dpo",
        "Tell the data protection officer",
        "They decide whether the ICO must be told. It must be within 72 hours of the school "
        "finding out, where there is a risk to people.",
    ),
    Step(
        "others",
        "Tell the chair of governors, and the local authority or the trust",
        "Tell also the children’s social care team where a child is at risk of harm.",
    ),
    Step(
        "cause",
        "Find out how it came about, before anything is published again",
        "Look at the activity log, the accounts and what was published. Change passwords and "
        "tokens that others may know.",
    ),
    Step(
        "log",
        "Write the five parts of the incident log",
        "While it is fresh. Governors see that there was an incident, not what it says.",
    ),
)


@dataclass(frozen=True)
class Tick:
    """A step that was done."""

    by: str
    at: datetime


def tick_step(
    school: School, session: Session, user: User, incident: Incident, step: str, *, done: bool
) -> None:
    """Record that this step was done, or was not after all.

    Raises `NotAllowed`, or `CannotHandle` for a closed incident or a step that is not listed.
    """
    require(user, Act.HANDLE_INCIDENTS)
    if step not in {one.id for one in STEPS}:
        raise CannotHandle("There is no such step.")
    if incident.closed_at is not None:
        raise CannotHandle("This incident is closed, so its entry stays as it is.")
    if (step in ticks_of(session, incident)) is not done:
        data = {"step": step, "done": done}
        school.audit.append(session, user.id, _TICKED, incident.id, data)


def ticks_of(session: Session, incident: Incident) -> dict[str, Tick]:
    """The steps that are done, by id."""
    events = session.exec(
        select(AuditEvent)
        .where(AuditEvent.subject == incident.id, AuditEvent.kind == _TICKED)
        .order_by(col(AuditEvent.seq))
    )
    ticks: dict[str, Tick] = {}
    for event in events:
        data = json.loads(event.data)
        if data["done"]:
            ticks[data["step"]] = Tick(event.actor, event.at)
        else:
            ticks.pop(data["step"], None)
    return ticks
