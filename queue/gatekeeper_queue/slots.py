"""When a post goes out."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from gatekeeper_queue.models import Post
from gatekeeper_queue.school import School, Slots
from gatekeeper_queue.states import PostState


def next_slot(
    school: School, session: Session, channel: str, account_id: str | None, earliest: datetime
) -> datetime:
    """The first free time at or after `earliest` (aware UTC) on this channel and account.

    Two posts on one account keep the school's spacing, and nothing is planned outside
    its hours.
    """
    taken = session.exec(
        select(Post.due_at).where(
            Post.channel == channel,
            Post.account_id == account_id,
            col(Post.state).in_([PostState.SCHEDULED, PostState.SENDING, PostState.LIVE]),
            Post.due_at > earliest - timedelta(minutes=school.slots.spacing_minutes),
        )
    ).all()
    spacing = timedelta(minutes=school.slots.spacing_minutes)
    moment = within_hours(school, earliest)
    for other in sorted(taken):
        if abs(other - moment) < spacing:
            moment = within_hours(school, other + spacing)
    return moment


def within_hours(school: School, moment: datetime) -> datetime:
    """The moment itself, or the next opening where it lies outside the school's hours."""
    slots: Slots = school.slots
    local = moment.astimezone(school.zone)
    if slots.opens <= local.hour < slots.closes:
        return moment
    opening = local.replace(hour=slots.opens, minute=0, second=0, microsecond=0)
    if local.hour >= slots.closes:
        opening += timedelta(days=1)
    return opening.astimezone(moment.tzinfo)
