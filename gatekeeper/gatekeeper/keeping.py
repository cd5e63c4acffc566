"""What this installation keeps for how long: the settings, and the tables of its own."""

from __future__ import annotations

from gatekeeper.settings import Settings
from gatekeeper.signin import SignIn
from gatekeeper.tokens import ApiToken
from gatekeeper_queue.retention import KINDS, Kind, Sweep, rows_older
from gatekeeper_queue.school import Periods, School

ALL_KINDS: tuple[Kind, ...] = (
    *KINDS,
    rows_older(
        "sign_ins", "Who was signed in, on which browser", "the last use",
        lambda days: days.sign_ins, SignIn, "seen_at", key="token_sha256",
    ),
    rows_older(
        "api_tokens", "Tokens for programs", "the day on which they end",
        lambda days: days.sign_ins, ApiToken, "expires_at",
    ),
)  # fmt: skip


def periods_of(settings: Settings) -> Periods:
    return Periods(
        originals=settings.keep_originals_days,
        stopped=settings.keep_stopped_days,
        removed=settings.keep_removed_days,
        unreferred=settings.keep_unreferred_days,
        drafts=settings.keep_drafts_days,
        likenesses=settings.keep_likenesses_days,
        notices=settings.keep_notices_days,
        sign_ins=settings.keep_sign_ins_days,
        references=settings.reenrol_days,
        live=settings.live_days,
        answer=settings.live_answer_days,
    )


def sweep_of(school: School) -> Sweep:
    return Sweep(school, ALL_KINDS)
