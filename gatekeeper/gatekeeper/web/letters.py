"""A withdrawal as its pages and its letter show it: what was taken back, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from gatekeeper.web.words import channel_name
from gatekeeper_consent.models import Pupil
from gatekeeper_consent.register import Scope, Use
from gatekeeper_queue.models import Post
from gatekeeper_queue.record_models import Withdrawal
from gatekeeper_queue.states import PostState
from gatekeeper_queue.withdrawing import posts_of_withdrawal

SCOPES = {"group": "in pictures with other children", "individual": "alone in a picture"}


@dataclass(frozen=True)
class Fate:
    """One post, and whether it is gone: nothing that tells of anybody in it."""

    id: str
    channel: str
    live_at: datetime | None
    asked_at: datetime | None
    gone_at: datetime | None
    """When it was seen to be gone; None while it may still be up."""
    never_sent: bool
    doing: str
    """What is being done about it while it may be up."""
    error: str
    next_try: datetime | None

    @property
    def over(self) -> bool:
        return self.gone_at is not None or self.never_sent


@dataclass(frozen=True)
class Letter:
    """What a withdrawal took back, and every post that came down because of it."""

    id: str
    child: str
    class_name: str
    at: datetime
    uses: list[str]
    scopes: str
    """ "in pictures with other children and alone in a picture"."""
    everything: bool
    fates: list[Fate]
    finished_at: datetime | None

    alone: bool
    """Only pictures that show the child alone were taken back."""
    displays: bool
    """What hangs in school is among it, which nobody but people can look for."""

    @property
    def coming_down(self) -> bool:
        """Will there soon be news?"""
        return any(not fate.error for fate in self.still_up)

    @property
    def still_up(self) -> list[Fate]:
        return [fate for fate in self.fates if not fate.over]


def letter_of(session: Session, row: Withdrawal) -> Letter:
    pupil = session.get(Pupil, row.pupil_id)
    return Letter(
        id=row.id,
        child=name_of(pupil) if pupil else row.pupil_id,
        class_name=pupil.class_name if pupil else "",
        at=row.at,
        uses=[channel_name(use) for use in row.uses],
        scopes=SCOPES.get(row.scope, " and ".join(SCOPES.values())),
        everything=row.everything,
        fates=[fate_of(post) for post in posts_of_withdrawal(session, row)],
        finished_at=row.finished_at,
        alone=row.scope == Scope.INDIVIDUAL,
        displays=Use.DISPLAY in row.uses,
    )


def name_of(pupil: Pupil) -> str:
    return f"{pupil.preferred_name or pupil.first_name} {pupil.last_name}"


def fate_of(post: Post) -> Fate:
    return Fate(
        id=post.id,
        channel=channel_name(post.channel),
        live_at=post.live_at,
        asked_at=post.removal_asked_at,
        gone_at=post.removed_at if post.state == PostState.REMOVED else None,
        never_sent=post.state == PostState.CANCELLED,
        doing=_doing(post),
        error=post.last_error if post.attempts else "",
        next_try=post.not_before if post.attempts else None,
    )


def _doing(post: Post) -> str:
    if post.state == PostState.REMOVING and post.attempts:
        tries = "1 try has" if post.attempts == 1 else f"{post.attempts} tries have"
        return f"{tries} failed. It is tried again until it is gone."
    if post.state == PostState.REMOVING:
        return "It is being removed; we look until it is gone."
    return (
        "It was being sent at that moment. It comes down as soon as the channel says where it is."
    )
