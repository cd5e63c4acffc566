"""Posts as lines of a list: with picture, caption and author."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, func, select

from gatekeeper.web.views import UP, PostView, view_of
from gatekeeper_queue.models import Account, Post, PostPerson, Submission, SubmissionPhoto, User
from gatekeeper_queue.states import PostState

Row = TypeVar("Row", bound=SQLModel)

OUT = (*UP, PostState.REMOVING, PostState.REMOVED)
"""Was sent, or may have been."""


@dataclass(frozen=True)
class PostLine:
    """A post with what it shows, for a list."""

    post: PostView
    caption: str
    author: str
    author_id: str
    photo_id: str


def post_line(session: Session, post: Post) -> PostLine:
    return post_lines(session, [post])[0]


def post_lines(session: Session, posts: Iterable[Post]) -> list[PostLine]:
    """The posts in that order; four queries, however many they are."""
    wanted = list(posts)
    ids = {post.submission_id for post in wanted}
    submissions = {row.id: row for row in _those(session, Submission, ids)}
    people = {row.author_id for row in submissions.values()}
    authors = {row.id: row.display_name for row in _those(session, User, people)}
    used = {post.account_id for post in wanted}
    accounts: dict[str | None, Account] = {row.id: row for row in _those(session, Account, used)}
    photos = _first_photos(session, ids)
    return [
        PostLine(
            post=view_of(post, accounts.get(post.account_id)),
            caption=row.caption,
            author=authors[row.author_id],
            author_id=row.author_id,
            photo_id=photos.get(row.id, ""),
        )
        for post in wanted
        for row in (submissions[post.submission_id],)
    ]


def _those(session: Session, table: type[Row], ids: Collection[str | None]) -> Iterable[Row]:
    return session.exec(select(table).where(sa.inspect(table).primary_key[0].in_(ids)))


def _first_photos(session: Session, submission_ids: Collection[str]) -> dict[str, str]:
    """Of each submission the first picture that could be cleaned."""
    query = (
        select(SubmissionPhoto.submission_id, SubmissionPhoto.id)
        .where(
            col(SubmissionPhoto.submission_id).in_(submission_ids),
            func.coalesce(SubmissionPhoto.clean_sha256, "") != "",
        )
        .order_by(col(SubmissionPhoto.position).desc())
    )
    return dict(session.exec(query).all())


def posts_with(session: Session, pupil_id: str) -> list[Post]:
    """The posts with this child that were sent, those that come down last first."""
    return list(
        session.exec(
            select(Post)
            .join(PostPerson, col(PostPerson.post_id) == col(Post.id))
            .where(PostPerson.person_id == pupil_id, col(Post.state).in_(OUT))
            .order_by(col(Post.removal_asked_at).desc().nulls_last(), col(Post.live_at).desc())
        )
    )
