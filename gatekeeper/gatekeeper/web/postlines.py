"""Posts as lines of a list: with picture, caption and author."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from gatekeeper.web.views import UP, PostView, post_view
from gatekeeper_queue.models import Post, PostPerson, Submission, User
from gatekeeper_queue.states import PostState
from gatekeeper_queue.submissions import photos_of

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
    row = session.get_one(Submission, post.submission_id)
    photos = photos_of(session, row.id)
    return PostLine(
        post=post_view(session, post),
        caption=row.caption,
        author=session.get_one(User, row.author_id).display_name,
        author_id=row.author_id,
        photo_id=next((photo.id for photo in photos if photo.clean_sha256), ""),
    )


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
