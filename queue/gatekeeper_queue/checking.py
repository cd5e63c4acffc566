"""The checks of one submission, from its encrypted original to its verdict.

Runs in a worker. Every step commits, so that pages show progress and a killed worker
loses nothing: the claim runs out and another worker begins the check again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlmodel import Session, col, select

from gatekeeper_detectors.faces.recognise import SeenFace, recognise
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.findings import Action, Outcome, Verdict
from gatekeeper_detectors.pictures import Limits
from gatekeeper_detectors.rules import RULE_DID_NOT_RUN
from gatekeeper_detectors.values import Photo, Register
from gatekeeper_queue.approvals import (
    current_fingerprint,
    grant,
    people_in,
    standing_approvals,
    try_failed_again,
    void_approvals,
)
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.breaches import enter_breach
from gatekeeper_queue.covering import half_covered
from gatekeeper_queue.face_words import with_words
from gatekeeper_queue.looking import FaceSearch, Looker
from gatekeeper_queue.models import Post, Submission, SubmissionPhoto
from gatekeeper_queue.recognition import recognises
from gatekeeper_queue.records import faces_to_json, photo_from_row
from gatekeeper_queue.register_view import EngineId, register_changes, register_for, strictest
from gatekeeper_queue.removal import ask_removal
from gatekeeper_queue.school import School
from gatekeeper_queue.states import PostState, Stale, SubmissionState, change_state
from gatekeeper_queue.stopped import REJECTED, note_stopped, rejected_photos
from gatekeeper_queue.submissions import photos_of
from gatekeeper_queue.verdicts import (
    case_for,
    judgements_of,
    keep_verdict,
    objects_anew,
    verdict_on,
    worst,
)

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=5)
"""Longer than one photo takes at worst; the claim is renewed with each."""
MAX_ATTEMPTS = 3


@dataclass(frozen=True)
class Checker:
    """Checks submissions one at a time for one worker."""

    school: School
    faces: FaceSearch
    engine: EngineId
    thresholds: Thresholds
    worker: str
    limits: Limits = field(default_factory=Limits)
    step: Callable[[str], None] = lambda name: None
    """Called at each step by name; the crash tests stop the process there."""

    def check_next(self) -> bool:
        """Claim the oldest waiting submission and check it; False when none waits."""
        claimed = self._claim()
        if claimed is None:
            return False
        self.step("claimed")
        with self.school.database.read() as session:
            changes = register_changes(session)
            rows = photos_of(session, claimed.id)
        self._conclude(claimed, self._look(claimed, rows), changes)
        return True

    def _look(
        self, claimed: Submission, rows: Sequence[SubmissionPhoto]
    ) -> dict[str, tuple[SeenFace, ...] | str]:
        """Read every photo and search it for faces; a photo that kills worker after worker
        is left alone, and the rules say that they did not run."""
        with self.school.database.read() as session:
            known = recognises(self.school, session)
        looker = Looker(self.school, self.faces, self.limits, recognise=known)
        if claimed.attempts > MAX_ATTEMPTS:
            return {row.id: "the check broke off again and again" for row in rows}
        for row in rows:
            looker.read(row)
        self.step("read")
        found = {}
        for row in rows:
            self._renew(claimed)
            found[row.id] = looker.search(row)
        for row in rows:
            self._renew(claimed)
            looker.study(row)
        self.step("searched")
        return found

    def release_abandoned(self) -> int:
        """Give back what a dead worker had claimed; after three tries it is judged as failed."""
        now = self.school.clock()
        with self.school.database.write() as session:
            stuck = session.exec(
                select(Submission).where(
                    Submission.state == SubmissionState.CHECKING,
                    col(Submission.claimed_until) < now,
                )
            ).all()
            for submission in stuck:
                change_state(
                    session,
                    submission,
                    SubmissionState.WAITING,
                    self.school.audit,
                    actor=SYSTEM,
                    reason="check was interrupted",
                )
            return len(stuck)

    def _claim(self) -> Submission | None:
        school = self.school
        with school.database.write() as session:
            submission = session.exec(
                select(Submission)
                .where(Submission.state == SubmissionState.WAITING)
                .order_by(col(Submission.changed_at))
                .limit(1)
            ).first()
            if submission is None:
                return None
            try:
                change_state(
                    session,
                    submission,
                    SubmissionState.CHECKING,
                    school.audit,
                    actor=SYSTEM,
                    claimed_by=self.worker,
                    claimed_until=school.clock() + CLAIM,
                    attempts=submission.attempts + 1,
                )
            except Stale:
                return None
            return submission

    def _renew(self, claimed: Submission) -> None:
        """More time, unless another worker has taken over meanwhile."""
        with self.school.database.write() as session:
            submission = session.get_one(Submission, claimed.id)
            if submission.claimed_by == self.worker and submission.version == claimed.version:
                submission.claimed_until = self.school.clock() + CLAIM

    def _conclude(
        self, claimed: Submission, found: dict[str, tuple[SeenFace, ...] | str], changes: int
    ) -> None:
        """Recognise, judge and write the verdict in one transaction."""
        school = self.school
        with school.database.write() as session:
            submission = session.get_one(Submission, claimed.id)
            ours = (submission.state, submission.claimed_by, submission.version) == (
                SubmissionState.CHECKING,
                self.worker,
                claimed.version,
            )
            if not ours:
                return
            if register_changes(session) != changes:
                change_state(
                    session,
                    submission,
                    SubmissionState.WAITING,
                    school.audit,
                    actor=SYSTEM,
                    reason="register changed during the check",
                    attempts=0,
                )
                return
            rows = photos_of(session, submission.id)
            register = self._register(session, submission)
            photos = [self._recognised(session, submission, register, row, found) for row in rows]
            outcome, anew = self._judge(session, submission, rows, photos)
            self.step("judged")
            self._settle(session, submission, rows, people_in(photos), outcome, anew)

    def _register(self, session: Session, submission: Submission) -> Register:
        """With templates, where the school may use them (G03); somebody who may not be shown
        on one channel may not be mistaken for anybody else on another."""
        school = self.school
        engine = self.engine if recognises(school, session) else None
        return strictest(
            [
                register_for(session, channel, school.today(), school.cipher, engine)
                for channel in submission.channels
            ]
        )

    def _recognised(
        self,
        session: Session,
        submission: Submission,
        register: Register,
        row: SubmissionPhoto,
        found: dict[str, tuple[SeenFace, ...] | str],
    ) -> Photo:
        """Who the faces are by today's register; the embeddings end here (promise 9)."""
        seen = found.get(row.id, "the search for faces did not run")
        if isinstance(seen, str):
            row.faces, row.faces_problem = None, seen
            return replace(photo_from_row(row), faces=None, faces_problem=seen)
        seen = (*seen, *half_covered(row, seen))
        faces = recognise(seen, register, submission.class_name, self.thresholds)
        named = with_words(session, row, faces)
        row.faces, row.faces_problem = faces_to_json(named), ""
        return photo_from_row(row)

    def _judge(
        self,
        session: Session,
        submission: Submission,
        rows: Sequence[SubmissionPhoto],
        photos: Sequence[Photo],
    ) -> tuple[Outcome, bool]:
        """The worst outcome, and whether anything was found that no earlier check found."""
        outcomes, anew = [], False
        earlier = judgements_of(session, submission)
        for channel in submission.channels:
            case = case_for(
                self.school, session, submission, photos, [row.alt for row in rows], channel
            )
            verdict: Verdict = verdict_on(self.school, case)
            anew = anew or objects_anew(verdict, earlier.get(channel))
            keep_verdict(self.school, session, submission, channel, verdict, photos)
            outcomes.append(verdict.outcome)
            stopped = [rows[index] for index in rejected_photos(verdict)]
            note_stopped(self.school, session, submission.id, stopped, REJECTED, channel)
            if _found_fault(verdict):
                self._take_down_live(session, submission, channel, verdict, people_in(photos))
        return worst(outcomes), anew

    def _take_down_live(
        self,
        session: Session,
        submission: Submission,
        channel: str,
        verdict: Verdict,
        people: Sequence[str],
    ) -> None:
        """What a new check rejects does not stay up; what never should have been is a breach."""
        for post in session.exec(
            select(Post).where(Post.submission_id == submission.id, Post.channel == channel)
        ).all():
            if post.state in (PostState.LIVE, PostState.SENDING, PostState.UNKNOWN):
                if not post.removal_reason:
                    enter_breach(self.school, session, post, verdict, people)
                ask_removal(self.school, session, post, actor=SYSTEM, reason="check failed")

    def _settle(
        self,
        session: Session,
        submission: Submission,
        rows: Sequence[SubmissionPhoto],
        people: Sequence[str],
        outcome: Outcome,
        anew: bool,
    ) -> None:
        """Write the verdict's state; what was approved stays approved only if nothing differs."""
        school = self.school
        standing = standing_approvals(session, submission)
        same = not anew and all(
            channel in standing
            and standing[channel].fingerprint
            == current_fingerprint(school, session, submission, rows, people, channel)
            for channel in submission.channels
        )
        change_state(
            session,
            submission,
            SubmissionState(str(outcome)),
            school.audit,
            actor=SYSTEM,
            changed_at=school.clock(),
        )
        if outcome is not Outcome.REJECTED and standing and same:
            change_state(
                session,
                submission,
                SubmissionState.APPROVED,
                school.audit,
                actor=SYSTEM,
                reason="nothing approved has changed",
            )
            try_failed_again(school, session, submission)
            return
        void_approvals(school, session, submission, actor=SYSTEM, reason="checked anew")
        by_rules = not school.policy.approve_clear_items and not submission.needs_person
        if outcome is Outcome.CLEAR and by_rules:
            grant(school, session, submission, rows, people, by=SYSTEM)


def _found_fault(verdict: Verdict) -> bool:
    """Did a rule that ran object? A search that failed blocks what waits, but says nothing
    about what was checked and is live."""
    return any(
        finding.action is Action.REJECT and finding.rule != RULE_DID_NOT_RUN.id
        for finding in verdict.findings
    )
