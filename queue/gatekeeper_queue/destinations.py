"""Where an approved submission goes: our own pages, and accounts on other platforms.

A destination is the id of an account, or `HERE` for the pages of this installation.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from gatekeeper_queue.models import Account, Submission
from gatekeeper_queue.school import School

HERE = ""
"""The destination that is no account: this installation's own pages."""


def accounts_for(session: Session, channel: str) -> list[Account]:
    """The accounts that serve a channel and are switched on, by name."""
    query = select(Account).where(Account.channel == channel, col(Account.active))
    return list(session.exec(query.order_by(Account.handle, Account.id)))


def destinations_of(
    school: School, session: Session, submission: Submission, channel: str
) -> list[str]:
    """Where a submission goes on one of its channels: the accounts that its author chose, or all
    places that make up the website. Posts for parents stay here, and so does what has nowhere
    else to go.
    """
    if channel == "twitter":
        return list(submission.account_ids)
    if channel == "parents":
        return [HERE]
    elsewhere = [account.id for account in accounts_for(session, channel)]
    return [HERE, *elsewhere] if school.own_news or not elsewhere else elsewhere
