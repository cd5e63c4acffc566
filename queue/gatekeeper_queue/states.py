"""The life of a submission and of a post, declared once, and the one door between states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import update
from sqlmodel import Session

from gatekeeper_queue.announcing import announce
from gatekeeper_queue.audit import AuditLog
from gatekeeper_queue.models import Post, Submission


class SubmissionState(StrEnum):
    WAITING = "waiting"
    CHECKING = "checking"
    REJECTED = "rejected"
    FLAGGED = "flagged"
    CLEAR = "clear"
    APPROVED = "approved"
    RETURNED = "returned"
    DISCARDED = "discarded"


class PostState(StrEnum):
    SCHEDULED = "scheduled"
    SENDING = "sending"
    UNKNOWN = "unknown"
    LIVE = "live"
    FAILED = "failed"
    REMOVING = "removing"
    REMOVED = "removed"
    CANCELLED = "cancelled"


OVER = (PostState.REMOVED, PostState.CANCELLED)
"""A post in one of these is neither up nor on its way, and may be followed by another."""


class ImpossibleChange(Exception):
    """The state graph has no such arrow."""


class Stale(Exception):
    """Somebody else changed the state meanwhile; nothing was done."""


@dataclass(frozen=True)
class StateGraph:
    """Which state may follow which. Checked when it is made."""

    initial: str
    arrows: Mapping[str, frozenset[str]] = field(hash=False)

    def __post_init__(self) -> None:
        targets = frozenset().union(*self.arrows.values())
        if undeclared := targets - self.arrows.keys():
            raise ValueError(f"arrows to undeclared states: {sorted(undeclared)}")
        if unreachable := self.arrows.keys() - targets - {self.initial}:
            raise ValueError(f"no arrow leads to: {sorted(unreachable)}")

    def allows(self, before: str, after: str) -> bool:
        return after in self.arrows.get(before, frozenset())

    @property
    def final(self) -> frozenset[str]:
        return frozenset(state for state, after in self.arrows.items() if not after)


def _graph(states: type[StrEnum], initial: StrEnum, arrows: dict[Any, set[Any]]) -> StateGraph:
    missing = set(states) - arrows.keys()
    if missing:
        raise ValueError(f"states without a row: {sorted(missing)}")
    return StateGraph(initial, {before: frozenset(after) for before, after in arrows.items()})


_S = SubmissionState
SUBMISSION_GRAPH = _graph(
    SubmissionState,
    _S.WAITING,
    {
        _S.WAITING: {_S.CHECKING, _S.DISCARDED},
        _S.CHECKING: {_S.WAITING, _S.REJECTED, _S.FLAGGED, _S.CLEAR},
        _S.REJECTED: {_S.WAITING, _S.DISCARDED},
        _S.FLAGGED: {_S.APPROVED, _S.RETURNED, _S.WAITING, _S.DISCARDED},
        _S.CLEAR: {_S.APPROVED, _S.RETURNED, _S.WAITING, _S.DISCARDED},
        _S.APPROVED: {_S.RETURNED, _S.WAITING, _S.DISCARDED},
        _S.RETURNED: {_S.WAITING, _S.DISCARDED},
        _S.DISCARDED: set(),
    },
)

_P = PostState
POST_GRAPH = _graph(
    PostState,
    _P.SCHEDULED,
    {
        _P.SCHEDULED: {_P.SENDING, _P.CANCELLED, _P.UNKNOWN, _P.LIVE},
        _P.SENDING: {_P.LIVE, _P.FAILED, _P.UNKNOWN, _P.SCHEDULED},
        _P.UNKNOWN: {_P.LIVE, _P.SCHEDULED, _P.FAILED},
        _P.LIVE: {_P.REMOVING},
        _P.FAILED: {_P.SCHEDULED, _P.CANCELLED, _P.UNKNOWN, _P.LIVE},
        _P.REMOVING: {_P.REMOVED},
        _P.REMOVED: set(),
        _P.CANCELLED: set(),
    },
)


def change_state(
    session: Session,
    row: Submission | Post,
    after: SubmissionState | PostState,
    audit: AuditLog,
    *,
    actor: str,
    reason: str = "",
    **columns: Any,
) -> None:
    """The one door: check the graph, write conditionally, log, tell whom it concerns.

    `columns` are written together with the state. Raises `ImpossibleChange` where the
    graph has no arrow and `Stale` where the stored state is no longer the one in `row`.
    """
    graph = SUBMISSION_GRAPH if isinstance(row, Submission) else POST_GRAPH
    kind, before = type(row).__name__.lower(), row.state
    if not graph.allows(before, after):
        raise ImpossibleChange(f"A {kind} that is {before} cannot become {after}.")
    session.flush()
    table: Any = type(row)
    written = session.execute(
        update(table)
        .where(table.id == row.id, table.state == before)
        .values(state=str(after), **columns)
        .execution_options(synchronize_session=False)
    )
    if written.rowcount != 1:  # type: ignore[attr-defined]
        raise Stale(f"This {kind} was changed by somebody else meanwhile. Look at it again.")
    session.refresh(row)
    details = {"from": before, "to": str(after)}
    if isinstance(row, Submission):
        details["version"] = str(row.version)
    if reason:
        details["reason"] = reason
    audit.append(session, actor, f"{kind}.{after}", row.id, details)
    announce(session, row, actor, audit.clock())
