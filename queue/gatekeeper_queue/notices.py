"""Notices: who is told what. Ids only; never a child's name, a caption or a picture (promise 9).

A notice is a row in the transaction that caused it, so none is lost and none is sent for what
did not happen. The pages show it; the worker mails it afterwards (`outbox`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, func, select, update

from gatekeeper_queue.models import User
from gatekeeper_queue.people import Role
from gatekeeper_queue.record_models import Notice
from gatekeeper_queue.school import School

WINDOW = timedelta(minutes=15)
"""So long a notice waits for others, so that forty posts make one mail."""


@dataclass(frozen=True)
class NoticeKind:
    """What one kind of notice says, and the page that it leads to."""

    says: str
    path: str
    """With `{}` for the subject's id."""
    many: str = ""
    """Said instead of several of a kind in one mail, with `{}` for how many."""
    serious: bool = False
    """Mailed at once, also to who wants no mail."""


KINDS: dict[str, NoticeKind] = {
    "recognition-agreed": NoticeKind(
        "Somebody agreed that the school’s software may know the face of a child of yours. "
        "You can say no, and that counts.",
        "/family",
    ),
    "erasure-done": NoticeKind(
        "Everything about a child was erased, as you asked.",
        "/register",
        "Everything about {} children was erased, as you asked.",
    ),
    "reenrolment-due": NoticeKind(
        "The reference pictures of somebody are a year old. Take new ones.",
        "/register/{}/faces",
        "The reference pictures of {} people are a year old. Take new ones.",
    ),
    "to-put-up": NoticeKind(
        "A post waits for you to put it on the site.",
        "/by-hand#{}",
        "{} posts wait for you to put them on the site.",
    ),
    "to-take-down": NoticeKind(
        "A post must come off the site. Take it down by hand.",
        "/by-hand#{}",
        "{} posts must come off the site. Take them down by hand.",
        serious=True,
    ),
    "post-to-keep": NoticeKind(
        "A post has been up for a long time. May it stay?",
        "/re-audit",
        "{} posts have been up for a long time. May they stay?",
    ),
    "post-expired": NoticeKind(
        "A post came down because nobody said that it may stay.",
        "/submissions/{}",
        "{} posts came down because nobody said that they may stay.",
    ),
    "item-waiting": NoticeKind(
        "A post waits for a decision.", "/review/{}", "{} posts wait for a decision."
    ),
    "item-rejected": NoticeKind(
        "A post of yours cannot go out as it is.",
        "/submissions/{}",
        "{} posts of yours cannot go out as they are.",
    ),
    "item-returned": NoticeKind(
        "A colleague sent a post back to you.",
        "/submissions/{}",
        "A colleague sent {} posts back to you.",
    ),
    "post-live": NoticeKind(
        "A post of yours is published.", "/submissions/{}", "{} posts of yours are published."
    ),
    "post-failed": NoticeKind(
        "A post could not be sent.", "/submissions/{}", "{} posts could not be sent."
    ),
    "post-removed": NoticeKind(
        "A post of yours was taken down, and checked to be gone.",
        "/submissions/{}",
        "{} posts of yours were taken down, and checked to be gone.",
    ),
    "password-link": NoticeKind(
        "A link to set a password was made. If nobody asked for one, tell the technician.",
        "/activity",
        "{} links to set a password were made.",
        serious=True,
    ),
    "family-link": NoticeKind(
        "The school office made a link with which a new password can be set for your account. "
        "If you did not ask for one, tell the office.",
        "/devices",
        serious=True,
    ),
    "badge-problem": NoticeKind(
        "An account’s profile picture is not the school’s badge.",
        "/accounts",
        "{} accounts do not show the school’s badge.",
    ),
    "change-waits": NoticeKind(
        "A change of a safeguard waits for an answer.",
        "/changes/{}",
        "{} changes of safeguards wait for an answer.",
    ),
    "change-on-server": NoticeKind(
        "A safeguard was changed on the server, without a second person.",
        "/changes/{}",
        "{} safeguards were changed on the server, without a second person.",
        serious=True,
    ),
    "training-lapses": NoticeKind(
        "Your Twitter training or your signature under the policy runs out soon.", "/training"
    ),
    "access-review-due": NoticeKind(
        "The yearly review of who may do what is due.", "/access-review"
    ),
    "change-decided": NoticeKind(
        "A change that you proposed has been decided.",
        "/changes/{}",
        "{} changes that you proposed have been decided.",
    ),
    "incident-opened": NoticeKind(
        "An incident is in the log and needs you.", "/incidents/{}", serious=True
    ),
    "freeze-begun": NoticeKind(
        "Incident mode is on: nothing is sent, and the school’s own pages show nothing.",
        "/incidents/{}",
        serious=True,
    ),
    "lift-asked": NoticeKind(
        "A colleague asks you to confirm that incident mode is lifted.",
        "/incidents/{}",
        serious=True,
    ),
    "freeze-lifted": NoticeKind("Incident mode was lifted.", "/incidents/{}", serious=True),
    "consent-changed": NoticeKind(
        "A consent answer for one of your children was changed in your account. "
        "If this was not you, tell the school office at once.",
        "/family",
        "{} consent answers for your children were changed in your account. "
        "If any was not yours, tell the school office at once.",
        serious=True,
    ),
    "answer-recorded": NoticeKind(
        "The school office recorded an answer of yours about pictures of a child of yours. "
        "If it is not what you said, change it in your account, and tell the office.",
        "/family",
    ),
    "objection-made": NoticeKind(
        "A parent objects to a picture. It is hidden; decide what becomes of it.",
        "/objections/{}",
        "Parents object to {} pictures.",
        serious=True,
    ),
    "objection-acknowledged": NoticeKind(
        "The school has seen your objection to a picture and looks into it.",
        "/family/objections/{}",
    ),
    "objection-decided": NoticeKind(
        "The school has decided on your objection to a picture.", "/family/objections/{}"
    ),
    "withdrawal-made": NoticeKind(
        "A family took consent back. See what comes down, and what you have to look for.",
        "/withdrawals/{}",
    ),
    "withdrawal-done": NoticeKind(
        "Every post of a withdrawal is gone, and checked to be gone.", "/withdrawals/{}"
    ),
    "family-withdrawal-done": NoticeKind(
        "What came down because you took a permission back is gone, and checked to be gone.",
        "/family/withdrawals/{}",
    ),
    "post-drifted": NoticeKind(
        "A published post is not as it should be: changed, gone, or against a permission.",
        "/posts/{}",
        "{} published posts are not as they should be.",
    ),
    "look-failed": NoticeKind(
        "Posts could not be looked at last night, so nobody knows whether they are still as they "
        "should be. Try the account.",
        "/posts",
        "Posts on {} accounts could not be looked at last night. Try the accounts.",
    ),
    "removal-not-held": NoticeKind(
        "A post that must come down can still be seen. It is tried again until it is gone.",
        "/published",
        "{} posts that must come down can still be seen.",
        serious=True,
    ),
    "post-lost": NoticeKind(
        "The answer for a post was lost, and for an hour nobody knows whether it is up.",
        "/submissions/{}",
    ),
    "incident-open": NoticeKind(
        "An incident has been open for more than two weeks.",
        "/incidents/{}",
        "{} incidents have been open for more than two weeks.",
    ),
    "objection-clock": NoticeKind(
        "The time to acknowledge an objection is nearly over.",
        "/objections/{}",
        "The time to acknowledge {} objections is nearly over.",
    ),
    "consents-ending": NoticeKind(
        "Some families’ permissions run out within 30 days. Ask them again.", "/register"
    ),
    "roll-stale": NoticeKind(
        "The roll has not been brought up to date for a long time.", "/register"
    ),
    "policy-review-due": NoticeKind(
        "The yearly review of the e-safety policy is due. Note in the report when it is done.",
        "/reports",
    ),
    "terms-end": NoticeKind(
        "The last school term in the settings is over soon. The technician adds the next ones.",
        "/notices",
    ),
    "mail-stuck": NoticeKind("Notices cannot be mailed. Look at the outgoing mail.", "/outbox"),
    "mail-tried": NoticeKind(
        "This is a test notice, and it has arrived.", "/notices", serious=True
    ),
}
"""Every notice that there is, by its kind."""


def says_of(kind: str, number: int) -> str:
    """One sentence for one notice of a kind, or for many."""
    one = KINDS[kind]
    if number == 1:
        return one.says
    return one.many.format(number) if one.many else f"{one.says} ({number} times)"


def tell(
    school: School,
    session: Session,
    kind: str,
    subject: str,
    *,
    users: Collection[str] = (),
    roles: Collection[Role] = (),
    esafety: bool = False,
) -> None:
    """Tell these people, everybody active with one of the roles, and, where `esafety`, the
    school's e-safety address, each once. Raises `KeyError` for a kind that is not in `KINDS`.

    Who has the same notice still before them, unseen and not mailed, gets no second one.
    """
    put(session, school.clock(), kind, subject, users=users, roles=roles, esafety=esafety)


def tell_parents(
    school: School, session: Session, kind: str, subject: str, guardian_ids: Collection[str]
) -> None:
    """Tell those of these guardians who have an account."""
    accounts = select(User.id).where(
        col(User.guardian_id).in_(sorted(guardian_ids)), User.role == str(Role.PARENT)
    )
    tell(school, session, kind, subject, users=session.exec(accounts).all())


def put(
    session: Session,
    now: datetime,
    kind: str,
    subject: str,
    *,
    users: Collection[str] = (),
    roles: Collection[Role] = (),
    esafety: bool = False,
    but: Collection[str] = (),
) -> None:
    """`tell` at a given moment; `but` are told in no case."""
    wait = timedelta() if KINDS[kind].serious else WINDOW
    has_it = select(Notice.user_id).where(
        Notice.kind == kind,
        Notice.subject == subject,
        col(Notice.user_id).is_not(None),
        col(Notice.seen_at).is_(None),
        col(Notice.sent_at).is_(None),
    )
    wanted = select(User.id).where(
        col(User.active),
        col(User.id).in_(users) | col(User.role).in_([str(role) for role in roles]),
        col(User.id).not_in(but),
        col(User.id).not_in(has_it),
    )
    told: list[str | None] = [*sorted(session.exec(wanted))]
    if esafety:
        told.append(None)
    session.add_all(
        Notice(user_id=user_id, kind=kind, subject=subject, at=now, not_before=now + wait)
        for user_id in told
    )
    session.flush()


def unseen_by(session: Session, user_id: str) -> int:
    """How many notices this person has not seen."""
    query = select(func.count()).where(Notice.user_id == user_id, col(Notice.seen_at).is_(None))
    return session.exec(query).one()


def settle(session: Session, now: datetime, kinds: Collection[str], subject: str) -> None:
    """What these notices say is over: those that nobody was mailed go, the others are seen."""
    over = (
        col(Notice.kind).in_(kinds),
        col(Notice.subject) == subject,
        col(Notice.seen_at).is_(None),
        col(Notice.user_id).is_not(None),
    )
    session.flush()
    session.exec(
        delete(Notice)
        .where(*over, col(Notice.sent_at).is_(None))
        .execution_options(synchronize_session=False)
    )
    session.exec(
        update(Notice).where(*over).values(seen_at=now).execution_options(synchronize_session=False)
    )
