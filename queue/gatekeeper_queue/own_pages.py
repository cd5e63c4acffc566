"""The school's own pages, public and for parents: which items they may show.

An item is gone from them in the transaction that asks for its removal (G05); that its row is
deleted afterwards is what the removal verifies. In incident mode they show nothing at all.
"""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from gatekeeper_queue.frozen import open_freezes
from gatekeeper_queue.models import NewsItem, Post
from gatekeeper_queue.states import OVER, PostState

OWN_PAGES = ("website", "parents")
"""Channels that have pages of this installation. A post of theirs on an account is elsewhere."""


def shown_elsewhere() -> SelectOfScalar[Post]:
    """The posts that are up on other sites, where everybody may see them, the newest
    first."""
    return (
        select(Post)
        .where(
            col(Post.account_id).is_not(None),
            Post.state == PostState.LIVE,
            Post.removal_reason == "",
        )
        .order_by(col(Post.live_at).desc(), col(Post.id))
    )


def shown_items(*channels: str) -> SelectOfScalar[NewsItem]:
    """The items that may be seen on these channels, the newest first."""
    return (
        select(NewsItem)
        .join(Post, col(Post.id) == col(NewsItem.post_id))
        .where(
            col(Post.channel).in_(channels),
            Post.removal_reason == "",
            col(Post.state).not_in((*OVER, PostState.REMOVING)),
            ~open_freezes().exists(),
        )
        .order_by(col(NewsItem.published_at).desc(), col(NewsItem.post_id))
    )
