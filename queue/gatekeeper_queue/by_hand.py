"""Posts that a person puts up, on a site whose builder no program can reach.

Until somebody says where it is, such a post may be up or not: it is `unknown` to the queue, and
looked for here, in what people said.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from gatekeeper_queue.channel import Receipt
from gatekeeper_queue.models import Account, Post, User
from gatekeeper_queue.people import Act, NotAllowed, allowed
from gatekeeper_queue.publishing import may_leave
from gatekeeper_queue.record_models import HandTask, StrayCopy
from gatekeeper_queue.removal import ask_removal
from gatekeeper_queue.school import School
from gatekeeper_queue.states import OVER, PostState
from gatekeeper_queue.strays import BACK, note_stray, strays_of

_MAY_ERR = timedelta(days=14)
"""So long "it was not put up" can be taken back on the page."""


class BadAnswer(Exception):
    """What was said cannot be used; the message says what to do."""


def open_tasks(session: Session, user: User, now: datetime) -> list[tuple[HandTask, Post]]:
    """What this person is to put up or take down, what comes down first; and what they said was
    not put up, for a while, in case it was."""
    since = now - _MAY_ERR
    query = (
        select(HandTask, Post)
        .join(Post, col(Post.id) == col(HandTask.post_id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .where(
            col(Post.state).in_([PostState.UNKNOWN, PostState.REMOVING])
            | _has_stray().exists()
            | ((col(Post.state) == PostState.CANCELLED) & (col(HandTask.said_at) > since))
        )
        .order_by(col(Post.removal_reason) == "", col(Post.due_at))
    )
    if not allowed(user, Act.TAKE_DOWN):
        query = query.where(Account.owner_id == user.id)
    return list(session.exec(query).all())


def _has_stray() -> SelectOfScalar[str]:
    return select(StrayCopy.id).where(
        StrayCopy.post_id == Post.id, col(StrayCopy.removed_at).is_(None)
    )


def task_for(session: Session, user: User, post_id: str) -> tuple[HandTask, Post]:
    """Raises `NotAllowed` for who neither owns the site's account nor takes posts down."""
    task, post = session.get(HandTask, post_id), session.get(Post, post_id)
    account = session.get(Account, post.account_id) if post and post.account_id else None
    if task is None or post is None or account is None:
        raise NotAllowed("There is no such post to put up by hand.")
    if account.owner_id != user.id and not allowed(user, Act.TAKE_DOWN):
        raise NotAllowed("Only the owner of the site’s account does this, or a coordinator.")
    return task, post


def puts_up(session: Session, user: User, submission_id: str) -> bool:
    """Does this person put it on a site that they look after?"""
    query = (
        select(HandTask.post_id)
        .join(Post, col(Post.id) == col(HandTask.post_id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .where(Post.submission_id == submission_id, Account.owner_id == user.id)
    )
    return session.exec(query).first() is not None


def hand_out(school: School, session: Session, user: User, post_id: str) -> Post | None:
    """The pack leaves for this person. From now on it may be up. Raises `BadAnswer`.

    Days may have passed since it was due, so it is looked at as anything that is sent: None when
    it is not approved as it is now; then it is checked again.
    """
    task, post = task_for(session, user, post_id)
    if post.removal_reason or post.state != PostState.UNKNOWN:
        raise BadAnswer("This must not be put up any more.")
    if not session.get_one(Account, post.account_id).active:
        raise BadAnswer("This site’s account is switched off.")
    if not may_leave(school, session, post):
        return None
    task.handed_at, task.handed_to = school.clock(), user.id
    school.audit.append(session, user.id, "post.handed-out", post.id, {})
    return post


def say_up(
    school: School, session: Session, user: User, post_id: str, url: str, site: str, *, seen: bool
) -> None:
    """It is up, at this address on the site. `seen`: its text was found there.

    Raises `BadAnswer`.
    """
    task, post = task_for(session, user, post_id)
    over = post.state in OVER
    if post.state != PostState.UNKNOWN and not over:
        raise BadAnswer("Nothing is asked about this post any more.")
    if not on_site(url, site):
        raise BadAnswer(f"Paste the whole address of the page; it begins with {site}.")
    if urlsplit(url).path.strip("/") == urlsplit(site).path.strip("/"):
        raise BadAnswer("Paste the address of the page that shows it, not of the front page.")
    task.url, task.seen, task.not_up = url, seen, False
    task.gone_at = None
    if over:  # it is up although it should not be
        note_stray(school, session, post, Receipt(post.id, url), BACK)
    task.said_by, task.said_at = user.id, school.clock()
    _look_now(school, session, post)
    school.audit.append(session, user.id, "post.by-hand-up", post.id, {"seen": seen})


def say_not_up(school: School, session: Session, user: User, post_id: str) -> None:
    """It was not put up and will not be. Raises `BadAnswer`."""
    task, post = task_for(session, user, post_id)
    if post.state != PostState.UNKNOWN or task.url:
        raise BadAnswer("You said where it is. Take it down there, and say so.")
    holder = session.get(User, task.handed_to) if task.handed_at else None
    if holder is not None and holder.active and holder.id != user.id:
        raise BadAnswer(f"{holder.display_name} has fetched it, and must say this.")
    task.not_up = True
    task.said_by, task.said_at = user.id, school.clock()
    school.audit.append(session, user.id, "post.by-hand-not-up", post.id, {})
    ask_removal(school, session, post, actor=user.id, reason="not put up")
    _look_now(school, session, post)


def say_gone(school: School, session: Session, user: User, post_id: str) -> None:
    """It was taken down. It is looked for before it is believed. Raises `BadAnswer`."""
    task, post = task_for(session, user, post_id)
    strays = strays_of(session, post.id)
    if post.state != PostState.REMOVING and not strays:
        raise BadAnswer("Nobody asked to take this down.")
    for stray in strays:
        stray.not_before = school.clock()
    task.gone_by, task.gone_at = user.id, school.clock()
    _look_now(school, session, post)
    school.audit.append(session, user.id, "post.by-hand-gone", post.id, {})


def on_site(url: str, site: str) -> bool:
    """Is this the address of a page on that site?"""
    page, home = urlsplit(url), urlsplit(site)
    same = (page.scheme, page.netloc.lower()) == (home.scheme, home.netloc.lower())
    return same and page.path.startswith(home.path) and not any(map(str.isspace, url))


def _look_now(school: School, session: Session, post: Post) -> None:
    post.not_before = school.clock()
    session.add(post)
