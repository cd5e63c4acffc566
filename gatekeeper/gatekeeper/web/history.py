"""The audit log in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from gatekeeper.web.words import channel_name
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.models import Approval, AuditEvent, Post, Submission, User
from gatekeeper_queue.people import Role
from gatekeeper_queue.submissions import posts_of

KINDS = {
    "submission.waiting": "sent it to the checks",
    "submission.confirmed": "answered the short checklist",
    "submission.checking": "began the checks",
    "submission.rejected": "found something that must be changed",
    "submission.flagged": "asked for a colleague’s decision",
    "submission.clear": "found nothing wrong",
    "submission.approved": "approved it",
    "submission.returned": "sent it back to the author",
    "submission.discarded": "discarded it",
    "approval.voided": "withdrew an approval",
    "face.named": "said who a face is",
    "face.claimed": "said who a face is, for a colleague to confirm",
    "post.scheduled": "planned a post",
    "post.moved": "gave a post another time",
    "outing.judged": "said when what the text tells of is over",
    "post.sending": "began to send a post",
    "post.live": "published a post",
    "post.unknown": "lost the channel’s answer and looks for the post",
    "post.failed": "could not send a post",
    "post.removing": "asked for a post to be removed",
    "post.removal-asked": "asked for a post to be removed",
    "post.removal-failed": "could not remove a post yet and will try again",
    "post.drifted": "found that a published post is not as it should be",
    "post.as-approved": "saw that a published post is as it should be again",
    "post.stray": "found a copy of a post that must not be there",
    "post.stray-removed": "removed a copy of a post and saw that it is gone",
    "post.retried": "had a post tried again",
    "post.settled": "said what became of a post whose answer was lost",
    "publishing.paused": "paused all sending",
    "publishing.resumed": "ended the pause",
    "erasure.asked": "asked for everything about a child to be erased",
    "erasure.done": "erased everything about a child",
    "erasure.lifted": "let an erased child be on the register again",
    "subject.exported": "handed out everything that is held about a child",
    "policy.reviewed": "said that the school has reviewed its policy",
    "sample.drawn": "drew a random sample for a second look",
    "sample.checked": "looked at a post of the sample again",
    "post.handed-out": "fetched a post to put it up by hand",
    "post.by-hand-up": "said where a post was put up by hand",
    "post.by-hand-not-up": "said that a post was not put up",
    "post.by-hand-gone": "said that a post was taken down by hand",
    "post.keep-asked": "asked whether a post may stay up",
    "post.kept": "said that a post may stay up",
    "post.removed": "removed a post and saw that it is gone",
    "post.cancelled": "cancelled a post",
    "retention.swept": "deleted what had been kept long enough",
    "user.signed-in": "signed in",
    "user.signed-out": "signed out",
    "user.sign-in-failed": "failed to sign in",
    "user.locked": "was locked out after too many failed attempts",
    "incident.opened": "opened an incident",
    "incident.saved": "wrote in the incident log",
    "incident.step": "ticked a step of what to do",
    "incident.closed": "closed an incident",
    "freeze.begun": "switched incident mode on",
    "freeze.lift-asked": "asked for incident mode to be lifted",
    "freeze.lift-declined": "said that incident mode is not lifted yet",
    "freeze.lifted": "confirmed that incident mode is lifted",
    "user.mail-chosen": "chose which notices are mailed",
    "user.added": "added an account",
    "user.role": "gave somebody another role",
    "user.unlocked": "ended somebody’s wait after failed attempts",
    "user.link-made": "made a link by which somebody sets a password",
    "token.made": "made a token for a program",
    "token.revoked": "ended a token for a program",
    "training.recorded": "recorded a training or a signature",
    "account.off": "switched an account off",
    "account.looked-at": "looked at an account’s profile",
    "access.reviewed": "signed off who may do what",
    "user.opened": "opened a closed sign-in again",
    "account.set": "added an account to post from, or renewed its keys",
    "account.on": "switched an account on again",
    "account.owner": "gave an account another owner",
    "change.proposed": "proposed a change of a safeguard",
    "change.confirmed": "confirmed a change of a safeguard",
    "change.declined": "declined a change of a safeguard",
    "change.withdrawn": "withdrew a proposed change",
    "change.made": "changed something that needs no second person",
    "policy.changed": "found other rules in use",
    "policy.confirmed": "confirmed the rules",
    "user.closed": "closed an account",
    "user.password-changed": "set a new password",
    "invitation.made": "made a link for a parent’s account",
    "invitation.revoked": "made a link for a parent’s account void",
    "invitation.used": "used a link to make an account or to set a password",
    "objection.made": "objected to a picture",
    "objection.acknowledged": "acknowledged an objection",
    "objection.upheld": "upheld an objection: the picture stays down",
    "objection.declined": "declined an objection",
    "withdrawal.made": "took consent back and had posts taken down",
    "withdrawal.finished": "saw that every post of a withdrawal is gone",
    "register.imported": "imported the register",
    "roll.confirmed": "confirmed that the roll is complete",
    "register.exported": "took the register out as files",
    "guardians.imported": "imported contacts of pupils",
    "mapping.saved": "said what the columns of an export are",
    "consent.set": "recorded an answer to a consent",
    "consent.withdrawn": "recorded that a consent was withdrawn",
    "reference.added": "kept a reference picture of a face",
    "reference.seen": "looked at a reference picture of a face",
    "references.compared": "compared faces with the reference pictures of those who resemble them",
    "reference.dropped": "deleted a reference picture of a face",
    "template.made": "had a face learnt from its reference pictures",
    "template.purged": "deleted everything that was known of a face",
    "consent.undone": "took back a mistaken answer to a consent",
    "form.added": "added the scan of a consent form",
    "form.read": "opened the scan of a consent form",
    "guardian.added": "added a guardian",
    "guardian.changed": "changed a guardian’s name or address",
    "guardian.linked": "gave a guardian a say about a child",
    "guardian.unlinked": "ended a guardian’s say about a child",
    "pupil.protected": "marked a child as never to be published",
    "pupil.protection-lifted": "lifted the marking as never to be published",
    "pupil.added": "added a pupil",
    "pupil.changed": "changed a pupil’s name or class",
    "pupil.left": "recorded that a pupil has left",
    "pupil.returned": "recorded that a pupil is back",
    "staff.added": "added a member of staff",
    "staff.changed": "changed the name of a member of staff",
    "staff.left": "recorded that a member of staff has left",
    "staff.returned": "recorded that a member of staff is back",
    "recognition.unlocked": "recorded the safeguards of face recognition",
    "recognition.locked": "locked face recognition",
    "biometric.given": "recorded consent to recognise a face",
    "biometric.withdrawn": "recorded that consent to recognise a face was withdrawn",
    "biometric.refused": "recorded that a child refuses to be recognised",
    "biometric.refusal-lifted": "recorded that a child no longer refuses to be recognised",
}


@dataclass(frozen=True)
class EventView:
    """One event, as a sentence with its parts."""

    seq: int
    at: datetime
    who: str
    what: str
    detail: str
    subject: str
    submission_id: str
    """The submission that it is about, itself or through a post or an approval."""


def event_views(
    session: Session, events: Sequence[AuditEvent], *, parents: bool = True
) -> list[EventView]:
    """The events in words, with the names of the people who did them; without those of
    `parents` for who may not know whose parent somebody is."""
    names = _names(session, {event.actor for event in events}, parents)
    about = _submissions(session, {event.subject for event in events})
    return [
        EventView(
            seq=event.seq,
            at=event.at,
            who=names.get(event.actor, event.actor),
            what=KINDS.get(event.kind, event.kind.replace(".", ": ").replace("-", " ")),
            detail=_detail(json.loads(event.data)),
            subject=event.subject,
            submission_id=about.get(event.subject, ""),
        )
        for event in events
    ]


def timeline(session: Session, row: Submission) -> list[EventView]:
    """What happened to one submission and its posts, oldest first."""
    posts = {post.id: post for post in posts_of(session, row.id)}
    approvals = session.exec(select(Approval.id).where(Approval.submission_id == row.id)).all()
    subjects = [row.id, *posts, *approvals]
    events = session.exec(
        select(AuditEvent)
        .where(col(AuditEvent.subject).in_(subjects))
        .order_by(col(AuditEvent.seq))
    ).all()
    return [_with_channel(event, posts) for event in event_views(session, events)]


def post_history(session: Session, post: Post) -> list[EventView]:
    """What happened to one post, oldest first."""
    query = select(AuditEvent).where(col(AuditEvent.subject).in_([post.id, post.approval_id]))
    return event_views(session, session.exec(query.order_by(col(AuditEvent.seq))).all())


def _with_channel(event: EventView, posts: dict[str, Post]) -> EventView:
    post = posts.get(event.subject)
    if post is None:
        return event
    detail = " · ".join(part for part in (channel_name(post.channel), event.detail) if part)
    return replace(event, detail=detail)


def _submissions(session: Session, subjects: set[str]) -> dict[str, str]:
    """The submission behind each subject that has one."""
    rows = session.exec(select(Submission.id).where(col(Submission.id).in_(subjects)))
    found = {row: row for row in rows}
    found |= dict(
        session.exec(select(Post.id, Post.submission_id).where(col(Post.id).in_(subjects))).all()
    )
    approvals = select(Approval.id, Approval.submission_id).where(col(Approval.id).in_(subjects))
    return found | dict(session.exec(approvals).all())


def _names(session: Session, ids: Iterable[str], parents: bool) -> dict[str, str]:
    people = session.exec(select(User).where(col(User.id).in_(list(ids))))
    return {
        person.id: person.display_name if parents or person.role != Role.PARENT else "A parent"
        for person in people
    } | {SYSTEM: "Gatekeeper"}


def _detail(data: object) -> str:
    """The reason, where one was given; ids mean nothing to readers."""
    reason = data.get("reason", "") if isinstance(data, dict) else ""
    return str(reason)
