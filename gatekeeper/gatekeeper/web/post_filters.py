"""Which posts the page of posts lists: by state, channel, words and what needs attention."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from gatekeeper.web.words import POST_WORDS
from gatekeeper_queue.models import Account, Post, Submission
from gatekeeper_queue.record_models import StrayCopy
from gatekeeper_queue.states import PostState

ATTENTION, DRIFTED = "attention", "drifted"


@dataclass(frozen=True)
class Filters:
    """What the address asks for. What does not exist is as if it were not asked for."""

    show: str = ""
    channel: str = ""
    q: str = ""

    def address(self, number: int = 1, **other: str) -> str:
        given = {"show": self.show, "channel": self.channel, "q": self.q} | other
        given["page"] = str(number) if number > 1 else ""
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/posts?{query}" if query else "/posts"


@dataclass(frozen=True)
class Chip:
    """A filter with how many posts it leaves."""

    label: str
    number: int
    address: str
    chosen: bool


def chips_of(session: Session, filters: Filters) -> list[Chip]:
    numbers: dict[str, int] = dict(
        session.exec(select(Post.state, func.count()).group_by(Post.state)).all()
    )

    def counted(which: ColumnElement[bool]) -> int:
        return session.exec(select(func.count()).select_from(Post).where(which)).one()

    shown = [
        ("", "Every post", sum(numbers.values())),
        (ATTENTION, "To look at", counted(needs_attention())),
        *((str(state), POST_WORDS[state].word, numbers.get(state, 0)) for state in PostState),
        (DRIFTED, "Not as approved", counted(_drifted())),
    ]
    return [
        Chip(label, number, filters.address(show=value), value == filters.show)
        for value, label, number in shown
        if number or value in ("", filters.show)
    ]


def wanted(filters: Filters, reads: bool) -> list[ColumnElement[bool]]:
    """The conditions; words of captions are sought only for who may read them."""
    found: list[ColumnElement[bool]] = []
    if filters.show in set(PostState):
        found.append(col(Post.state) == filters.show)
    elif filters.show == DRIFTED:
        found.append(_drifted())
    elif filters.show == ATTENTION:
        found.append(needs_attention())
    if filters.channel:
        found.append(col(Post.channel) == filters.channel)
    if filters.q:
        words = f"%{_literal(filters.q.lstrip('@'))}%"
        accounts = select(Account.id).where(col(Account.handle).ilike(words, escape="\\"))
        matches = [col(Post.id) == filters.q, col(Post.account_id).in_(accounts)]
        if reads:
            captions = select(Submission.id).where(
                col(Submission.caption).ilike(words, escape="\\")
            )
            matches.append(col(Post.submission_id).in_(captions))
        found.append(or_(*matches))
    return found


def _literal(text: str) -> str:
    for sign in ("\\", "%", "_"):
        text = text.replace(sign, f"\\{sign}")
    return text


def _drifted() -> ColumnElement[bool]:
    return (col(Post.state) == PostState.LIVE) & (col(Post.drift) != "")


def needs_attention() -> ColumnElement[bool]:
    """What somebody should look at: lost, failed, not gone yet, or not as it should be."""
    strays = select(StrayCopy.post_id).where(col(StrayCopy.removed_at).is_(None))
    stubborn = (col(Post.state) == PostState.REMOVING) & (col(Post.attempts) > 0)
    open_ends = col(Post.state).in_((PostState.UNKNOWN, PostState.FAILED))
    return or_(open_ends, stubborn, _drifted(), col(Post.id).in_(strays))
