"""A family takes consent back: one action, followed until nothing is left up (P24, G04).

Everything happens in the caller's transaction: the answer is recorded, what waits is checked
again, every post with the child comes down. The worker removes, looks until each is gone, and
tells the coordinator of what does not go.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session, col, select

from gatekeeper_consent.register import Answer, Change, Scope, Use, answers_for_use, withdraw
from gatekeeper_queue.appearing import appearances
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.models import Post, User
from gatekeeper_queue.notices import tell
from gatekeeper_queue.people import Role
from gatekeeper_queue.recheck import coming_down_with, register_changed
from gatekeeper_queue.record_models import Notice, Withdrawal
from gatekeeper_queue.school import School
from gatekeeper_queue.states import OVER
from gatekeeper_queue.strays import still_up, strays_of

ALARM = timedelta(minutes=10)
"""After so long a removal that does not hold is told to the coordinator."""


def withdraw_consent(
    school: School,
    session: Session,
    pupil_id: str,
    uses: Collection[Use] | Literal["all"],
    *,
    given_by: str,
    actor: str,
    guardian_id: str | None = None,
    form_id: str | None = None,
) -> Withdrawal:
    """Record that consent is taken back, for the office and for a parent alike.

    `actor` is the id of the user who records it, `guardian_id` whose own withdrawal it is; None:
    the family's. Raises what `withdraw`
    raises: `UnknownPerson`, `NotTheirGuardian`, `UnknownForm`.
    """
    withdraw(
        session,
        pupil_id,
        uses,
        given_by=given_by,
        on=school.today(),
        guardian_id=guardian_id,
        form_id=form_id,
        recorded_by=actor,
        now=school.clock(),
        record=lambda kind, subject, data: school.audit.append(session, actor, kind, subject, data),
    )
    return carry_out(
        school,
        session,
        pupil_id,
        tuple(Use) if uses == "all" else tuple(uses),
        actor=actor,
        guardian_id=guardian_id,
        everything=uses == "all",
    )


def follow_answer(
    school: School, session: Session, change: Change, *, actor: str, guardian_id: str | None
) -> Withdrawal | None:
    """After one answer was recorded: what follows from it. The withdrawal where it was one."""
    if not change.lost:
        register_changed(school, session, [change.pupil_id], actor=actor)
        return None
    return carry_out(
        school,
        session,
        change.pupil_id,
        [change.use],
        actor=actor,
        guardian_id=guardian_id,
        scope=change.scope,
    )


def carry_out(
    school: School,
    session: Session,
    pupil_id: str,
    uses: Collection[Use],
    *,
    actor: str,
    guardian_id: str | None = None,
    scope: Scope | None = None,
    everything: bool = False,
) -> Withdrawal:
    """What follows once the register says no for these uses: check again what waits, take down
    what is up, and keep the withdrawal so that it can be followed, with what was coming down
    already. `scope` is the one that was
    taken back; None: both.
    """
    unclear = [
        found.post.id
        for found in appearances(session, [pupil_id])
        if pupil_id in found.maybe
        and not found.post.removal_reason
        and _concerns(school, session, found.post, pupil_id, uses)
    ]
    channels = {use.value for use in uses}
    coming_down = [post.id for post in coming_down_with(school, session, pupil_id, channels)]
    removed = register_changed(school, session, [pupil_id], actor=actor) + coming_down
    now = school.clock()
    row = Withdrawal(
        pupil_id=pupil_id,
        by=actor,
        guardian_id=guardian_id,
        at=now,
        uses=[use.value for use in uses],
        everything=everything,
        scope=scope.value if scope else "",
        posts=removed,
        unclear=[post_id for post_id in unclear if post_id not in removed],
        finished_at=None if removed else now,
    )
    session.add(row)
    session.flush()
    school.audit.append(
        session, actor, "withdrawal.made", row.id, {"pupil": pupil_id, "posts": removed}
    )
    if row.posts or row.unclear or Use.DISPLAY in uses:  # nobody but people can look at a wall
        tell(school, session, "withdrawal-made", row.id, roles=[Role.COORDINATOR])
    return row


def _concerns(
    school: School, session: Session, post: Post, pupil_id: str, uses: Collection[Use]
) -> bool:
    """Is it on a channel that was taken back, and not permitted there?"""
    if post.channel not in {use.value for use in uses}:
        return False
    answers = answers_for_use(session, Use(post.channel), school.today())
    return answers[pupil_id].group is not Answer.YES


def posts_of_withdrawal(session: Session, row: Withdrawal) -> list[Post]:
    """What came down because of it, in the order of publication."""
    query = select(Post).where(col(Post.id).in_(row.posts)).order_by(col(Post.live_at))
    return list(session.exec(query))


def withdrawals_of(session: Session, pupil_id: str) -> list[Withdrawal]:
    """The child's withdrawals, the newest first."""
    query = select(Withdrawal).where(Withdrawal.pupil_id == pupil_id)
    return list(session.exec(query.order_by(col(Withdrawal.at).desc(), col(Withdrawal.id))))


def follow_withdrawals(school: School, alarm: timedelta = ALARM) -> int:
    """The worker's tick: note what is gone now, and tell of what is not. Returns how many
    withdrawals and posts had news.
    """
    with school.database.read() as session:
        if not _done(session) and not _stuck(session, school.clock() - alarm):
            return 0
    with school.database.write() as session:
        done, stuck = _done(session), _stuck(session, school.clock() - alarm)
        for row in done:
            row.finished_at = school.clock()
            school.audit.append(session, SYSTEM, "withdrawal.finished", row.id, {})
            _tell_done(school, session, row)
        for post in stuck:
            roles = [Role.COORDINATOR, Role.HEAD]
            tell(school, session, "removal-not-held", post.id, roles=roles)
        return len(done) + len(stuck)


def _done(session: Session) -> list[Withdrawal]:
    """Those of which the last post, and every copy of one, is seen to be gone."""
    waiting = session.exec(select(Withdrawal).where(col(Withdrawal.finished_at).is_(None))).all()
    return [
        row
        for row in waiting
        if all(
            post.state in OVER and not strays_of(session, post.id)
            for post in posts_of_withdrawal(session, row)
        )
    ]


def _tell_done(school: School, session: Session, row: Withdrawal) -> None:
    """Who recorded it, and the guardian whose own it was, where they have an account."""
    own = select(User.id).where(User.role == str(Role.PARENT), User.guardian_id == row.guardian_id)
    parents = set(session.exec(own)) if row.guardian_id else set()
    tell(school, session, "family-withdrawal-done", row.id, users=parents)
    tell(school, session, "withdrawal-done", row.id, users={row.by} - parents)


def _stuck(session: Session, since: datetime) -> list[Post]:
    """What should have come down before then, and nobody was told of yet."""
    told = select(Notice.subject).where(Notice.kind == "removal-not-held")
    return list(session.exec(still_up(since).where(col(Post.id).not_in(told))))
