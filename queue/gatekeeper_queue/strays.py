"""Copies of a post that must not be there: a second one, or one that came back.

Nothing of the kind should ever happen. Where it does, it is on record with an incident, and the
copy is removed and looked after until it is gone like any other post that must come down.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.channel import Channel, FindsCopies, Receipt
from gatekeeper_queue.incidents import open_incident
from gatekeeper_queue.models import Post
from gatekeeper_queue.record_models import StrayCopy
from gatekeeper_queue.school import School
from gatekeeper_queue.states import OVER

TWICE: Final = "published-twice"
BACK: Final = "removed-back-up"


def note_stray(
    school: School,
    session: Session,
    post: Post,
    receipt: Receipt,
    kind: Literal["published-twice", "removed-back-up"],
) -> None:
    """Keep where the copy is, so that it is removed; once, however often it is seen."""
    known = select(StrayCopy.id).where(
        StrayCopy.post_id == post.id,
        StrayCopy.remote_id == receipt.remote_id,
        col(StrayCopy.removed_at).is_(None),
    )
    if session.exec(known).first() is not None:
        return
    session.add(
        StrayCopy(
            post_id=post.id,
            remote_id=receipt.remote_id,
            url=receipt.url,
            kind=kind,
            found_at=school.clock(),
        )
    )
    school.audit.append(session, SYSTEM, "post.stray", post.id, {"kind": kind})
    open_incident(school, session, kind, post.id)


def strays_of(session: Session, post_id: str) -> list[StrayCopy]:
    """Copies of the post that are not seen to be gone yet."""
    query = select(StrayCopy).where(
        StrayCopy.post_id == post_id, col(StrayCopy.removed_at).is_(None)
    )
    return list(session.exec(query.order_by(col(StrayCopy.found_at))))


def still_up(since: datetime) -> SelectOfScalar[Post]:
    """Posts that should be down since then, themselves or a copy of them, and are not seen to be
    gone yet."""
    copies = select(StrayCopy.post_id).where(
        col(StrayCopy.removed_at).is_(None), StrayCopy.found_at <= since
    )
    itself = (
        (col(Post.removal_reason) != "")
        & col(Post.state).not_in(OVER)
        & (col(Post.removal_asked_at) <= since)
    )
    return select(Post).where(itself | col(Post.id).in_(copies))


def copies_on(channel: Channel, post: Post) -> tuple[Receipt, ...]:
    """What else of a post that was sent more than once is on its channel, besides where we know
    it to be. Raises `RetryLater` when the channel cannot say."""
    if post.sends < 2 or not isinstance(channel, FindsCopies):
        return ()
    found = channel.find_all(tuple(post.references))
    return tuple(one for one in found if one.remote_id != post.remote_id)
