"""What a channel still lets an account do: where nothing is left, nothing is asked until then.

One account's limit holds up no other, and sending and removing have limits of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from gatekeeper_queue.channel import LONGEST_WAIT
from gatekeeper_queue.record_models import AccountRest

Action = Literal["send", "remove"]


@runtime_checkable
class TellsLimits(Protocol):
    """A channel whose answers say how much is left."""

    def used_up(self) -> Mapping[Action, datetime]:
        """What the last answers left nothing of, and until when (aware UTC)."""


def rest(session: Session, account_id: str | None, action: Action, until: datetime) -> None:
    """The account does no more of this until then."""
    if account_id is None:
        return
    row = session.get(AccountRest, (account_id, action))
    if row is None:
        session.add(AccountRest(account_id=account_id, action=action, until=until))
    elif row.until < until:
        row.until = until
        session.add(row)


def resting(action: Action, now: datetime) -> SelectOfScalar[str]:
    """Ids of the accounts that do no more of this for now."""
    return select(AccountRest.account_id).where(
        AccountRest.action == action, col(AccountRest.until) > now
    )


def note_limits(session: Session, account_id: str | None, channel: object, now: datetime) -> None:
    """Take over what the channel's last answers said."""
    if isinstance(channel, TellsLimits):
        for action, until in channel.used_up().items():
            rest(session, account_id, action, min(until, now + LONGEST_WAIT))
