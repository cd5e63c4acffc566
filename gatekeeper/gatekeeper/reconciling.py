"""Looking one post up on its channel when a person asks, on a page or at the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from gatekeeper.composition import channel_opener
from gatekeeper.settings import Settings
from gatekeeper_queue.channel import ReadsAddresses, Receipt, words_for
from gatekeeper_queue.drift import FOUND, NightLook
from gatekeeper_queue.models import Post
from gatekeeper_queue.operating import CannotOperate
from gatekeeper_queue.school import School
from gatekeeper_queue.settling import Settler
from gatekeeper_queue.states import PostState
from gatekeeper_queue.strays import strays_of

ASKED = "asked by a person"
"""Name of the worker that looks for a person; it never claims anything."""
_LOOKED_UP = (PostState.LIVE, PostState.REMOVED, PostState.CANCELLED, PostState.FAILED)


@dataclass(frozen=True)
class Outcome:
    """What a look found."""

    state: str
    says: str
    settled: bool
    """Is it known now what became of it, and is it as it should be?"""


def lost_posts(session: Session) -> list[Post]:
    """Every post whose answer was lost, the longest first."""
    query = select(Post).where(Post.state == PostState.UNKNOWN)
    return list(session.exec(query.order_by(col(Post.unknown_since))))


def reconcile(school: School, settings: Settings, post: Post) -> Outcome:
    """Look for a lost post, or at one of which it is known what became. Sends nothing."""
    opener = channel_opener(school, settings)
    settler = Settler(school, opener, ASKED, timedelta(seconds=settings.settle_seconds))
    problem = ""
    if post.state == PostState.UNKNOWN:
        settler.look_for(post)
    elif post.state in _LOOKED_UP and (post.sends or post.remote_id):
        try:
            NightLook(school, opener, settler).look(post)
        except Exception as error:  # told, like every other answer of the channel
            problem = words_for(error)
    with school.database.read() as session:
        stored = session.get_one(Post, post.id)
        copies = len(strays_of(session, post.id))
    if problem:
        return Outcome(stored.state, f"It could not be looked up. {problem}", False)
    return _outcome(stored, copies)


def _outcome(post: Post, copies: int) -> Outcome:
    if copies:
        return Outcome(post.state, "It can be seen where it must not be; it is removed.", False)
    if post.drift and post.state == PostState.LIVE:
        return Outcome(post.state, FOUND[post.drift], False)
    if post.state == PostState.UNKNOWN:
        said = post.last_error or "It is not there, but may still show."
        return Outcome(post.state, f"Still not known. {said}", False)
    return Outcome(post.state, _SAYS.get(post.state, ""), True)


_SAYS: dict[str, str] = {
    PostState.LIVE: "It is there, as approved.",
    PostState.REMOVED: "It is gone.",
    PostState.CANCELLED: "It is not there.",
    PostState.FAILED: "It is not there.",
    PostState.SCHEDULED: "It is not there; it waits to be sent.",
    PostState.SENDING: "It is being sent at this moment.",
    PostState.REMOVING: "It is being removed.",
}


def receipt_at(school: School, settings: Settings, post: Post, address: str) -> Receipt:
    """Where a person says that a post is, looked up where the channel can be asked.

    Raises `CannotOperate` for an address that cannot be it.
    """
    try:
        channel = channel_opener(school, settings)(post)
    except Exception as error:
        raise CannotOperate(f"The channel could not be opened. {words_for(error)}") from error
    receipt = channel.receipt_at(address) if isinstance(channel, ReadsAddresses) else None
    if receipt is None:
        raise CannotOperate(
            "This is not the address of a post on that channel. Open the post there and copy the "
            "whole address."
        )
    try:
        there = channel.is_up(receipt)
    except Exception:
        return receipt
    if not there:
        raise CannotOperate("The channel says that there is no post at this address. Look again.")
    return receipt
