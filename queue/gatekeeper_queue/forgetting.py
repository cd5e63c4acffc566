"""Emptying a submission whose purpose is over: its pictures, words and people go (P08).

What stays is a bare row with its states, dates and which rules found something, so that the
governors' report still counts it. The audit log, which holds ids only, is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlmodel import Session, col, delete, select

from gatekeeper_queue.models import Approval, FaceWord, Judgement, Post, PostPerson, Submission
from gatekeeper_queue.submissions import photos_of

EMPTIED = "No longer kept."
"""What stands in the place of a caption."""


@dataclass
class Files:
    """Files that nothing needs any more once the transaction is committed."""

    originals: set[str] = field(default_factory=set)
    """Photo ids."""
    clean: set[str] = field(default_factory=set)
    """Digests; another photo may still have the same picture."""


def forget_content(session: Session, submission: Submission, files: Files) -> None:
    """Delete what the submission shows and says, and who is in it; note its files."""
    for photo in photos_of(session, submission.id):
        files.originals.add(photo.id)
        if photo.clean_sha256:
            files.clean.add(photo.clean_sha256)
        session.exec(delete(FaceWord).where(col(FaceWord.photo_id) == photo.id))
        session.delete(photo)
    submission.caption, submission.note = EMPTIED, ""
    session.add(submission)
    for post in session.exec(select(Post).where(Post.submission_id == submission.id)):
        session.exec(delete(PostPerson).where(col(PostPerson.post_id) == post.id))
        if post.removal_reason:  # a person may have written why
            post.removal_reason = EMPTIED
    for approval in session.exec(select(Approval).where(Approval.submission_id == submission.id)):
        approval.people = []
    for judged in session.exec(select(Judgement).where(Judgement.submission_id == submission.id)):
        judged.findings = [bare(finding) for finding in judged.findings]
    session.flush()


def bare(finding: dict[str, object]) -> dict[str, object]:
    """A stored finding without its words and places, which may tell of a child."""
    kept = {name: finding[name] for name in ("rule", "action", "policy")}
    return {**kept, "message": EMPTIED, "mend": ""}
