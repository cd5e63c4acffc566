"""A changed policy file: noticed at start, and nothing is sent until somebody confirms it (P20).

Whoever can edit a file on the server could weaken every rule alone. So what the school decided
is kept apart from the software's version, and each process compares its own policy with the
one that was confirmed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.models import Meta
from gatekeeper_queue.notices import tell
from gatekeeper_queue.people import Role
from gatekeeper_queue.record_models import ChangeRequest
from gatekeeper_queue.school import School

POLICY = "policy"
_CONFIRMED, _SEEN, _RULE_SET = "policy_confirmed", "policy_seen", "rule_set"

_WAITS = "The rules were changed and wait for the head’s confirmation. Nothing is sent until then."
_DECLINED = (
    "The head declined the changed rules. Nothing is sent until the technician puts the policy "
    "file back as it was and starts Gatekeeper again."
)


def note_policy(school: School, session: Session) -> None:
    """Compare the policy with the one before, at each start; a change is on record (P20).

    The first policy of a school needs no second person. Another one opens a change request. One
    that was put back closes it.
    """
    if _remember(session, _RULE_SET, school.policy.rule_set):
        data = {"rule_set": school.policy.rule_set, "decision": school.policy.decision}
        school.audit.append(session, SYSTEM, "policy.changed", POLICY, data)
    now_is = _as_kept(school)
    before = confirmed_policy(session)
    if before is None:
        session.add(Meta(name=_CONFIRMED, value=json.dumps(now_is)))
        _remember(session, _SEEN, school.policy.decision)
        return
    if not _remember(session, _SEEN, school.policy.decision):
        return
    _withdraw_open(school, session)
    if now_is["decision"] != before["decision"]:
        _open(school, session, before, now_is)


def policy_waits(school: School, session: Session) -> str:
    """Why nothing may be sent by this policy; empty when it was confirmed.

    Both must be the confirmed one: the policy of this process, which may not have been started
    again yet, and the one in the file, as the latest start found it.
    """
    confirmed = confirmed_policy(session)
    if confirmed is None:
        return ""
    if {school.policy.decision, seen_policy(session)} == {confirmed["decision"]}:
        return ""
    newest = session.exec(
        select(ChangeRequest)
        .where(ChangeRequest.kind == POLICY)
        .order_by(col(ChangeRequest.proposed_at).desc())
    ).first()
    return _DECLINED if newest is not None and newest.outcome == "declined" else _WAITS


def confirmed_policy(session: Session) -> dict[str, Any] | None:
    """The decision that counts, as {"decision", "written"}; None before the first start."""
    row = session.get(Meta, _CONFIRMED)
    return None if row is None else json.loads(row.value)


def confirm_policy(session: Session, after: Mapping[str, Any]) -> None:
    """From now on this policy may be used to send."""
    row = session.get_one(Meta, _CONFIRMED)
    row.value = json.dumps(after)


def seen_policy(session: Session) -> str:
    """The decision in the file at the latest start; empty before the first."""
    row = session.get(Meta, _SEEN)
    return "" if row is None else row.value


def _open(school: School, session: Session, before: dict[str, Any], after: dict[str, Any]) -> None:
    change = ChangeRequest(
        kind=POLICY,
        subject=POLICY,
        before=before,
        after=after,
        why="The policy file on the server was changed.",
        proposed_by=SYSTEM,
        proposed_at=school.clock(),
    )
    session.add(change)
    session.flush()
    data = {"kind": POLICY, "from": before["decision"], "to": after["decision"]}
    school.audit.append(session, SYSTEM, "change.proposed", change.id, data)
    everybody = (Role.HEAD, Role.COORDINATOR, Role.TECHNICIAN)
    tell(school, session, "change-waits", change.id, roles=everybody)


def _withdraw_open(school: School, session: Session) -> None:
    query = select(ChangeRequest).where(ChangeRequest.kind == POLICY, ChangeRequest.outcome == "")
    for change in session.exec(query):
        change.outcome, change.decided_by, change.decided_at = "withdrawn", SYSTEM, school.clock()
        data = {"reason": "the policy file was changed again"}
        school.audit.append(session, SYSTEM, "change.withdrawn", change.id, data)


def _as_kept(school: School) -> dict[str, Any]:
    return {"decision": school.policy.decision, "written": dict(school.policy.written)}


def _remember(session: Session, name: str, value: str) -> bool:
    """Keep a fact; returns whether it is new."""
    row = session.get(Meta, name) or Meta(name=name, value="")
    changed = row.value != value
    row.value = value
    session.add(row)
    return changed
