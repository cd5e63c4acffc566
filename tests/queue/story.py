"""A story: three posts on two accounts, two workers, the people who act, and what goes wrong.

The school, its database file, the checks, the rules and the workers' parts are the real ones; the
channel is the model in `channel_model`.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
from sqlmodel import Session, col, select
from tests.queue.channel_model import ModelAccount

import gatekeeper_queue
from gatekeeper_consent.register import Decision, Use
from gatekeeper_detectors.faces.recognise import SeenFace
from gatekeeper_detectors.faces.search import Study
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.values import CHECKLIST, Box
from gatekeeper_queue.approvals import schedule_missing
from gatekeeper_queue.audit import AuditLog
from gatekeeper_queue.channel import Outgoing, Receipt
from gatekeeper_queue.checking import Checker
from gatekeeper_queue.database import Database
from gatekeeper_queue.drift import NightLook
from gatekeeper_queue.models import Account, Approval, FaceWord, Post, Submission
from gatekeeper_queue.operating import CannotOperate, retry, settle_absent, settle_there
from gatekeeper_queue.pausing import current_pause, pause, resume
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.recheck import Rechecker, register_changed
from gatekeeper_queue.record_models import Incident, StrayCopy
from gatekeeper_queue.register_view import EngineId
from gatekeeper_queue.removal import Remover, take_down
from gatekeeper_queue.review import CannotReview, approve, send_back
from gatekeeper_queue.school import Slots
from gatekeeper_queue.states import OVER, ImpossibleChange, PostState, Stale
from gatekeeper_queue.store import PictureStore
from gatekeeper_queue.submissions import (
    BadSubmission,
    Content,
    check_again,
    edit,
    photos_of,
    posts_of,
)
from gatekeeper_queue.timetable import Timetable
from gatekeeper_queue.verdicts import newest_verdict

REFUSALS = (BadSubmission, CannotOperate, CannotReview, ImpossibleChange, Stale)
FACES = (Box(10, 10, 90, 90), Box(150, 10, 230, 90))
COLOURS = ("navy", "teal", "olive")
STEPS = ("claimed", "prepared", "ready", "published", "live", "removed", "searched", "judged")
ALWAYS = Timetable(0, 24 * 60, spacing=timedelta(), on_closed_days=True)
NOW_AND_THEN = ("sending", "unknown", "removing")
_TRACED = tuple(
    str(Path(gatekeeper_queue.__file__).parent / f"{name}.py")
    for name in ("publishing", "settling", "removal", "strays", "drift", "states", "audit")
)


class Killed(BaseException):
    """The process dies here."""


class TwoFaces:
    """Finds the same two faces in every picture; a person has said who they are."""

    def search(self, jpeg: bytes) -> tuple[SeenFace, ...]:
        vector = np.full(128, 0.1, dtype=np.float32)
        return tuple(SeenFace(box, 0.9, ("centerface",), "", vector) for box in FACES)

    def study(self, jpeg: bytes) -> Study:
        return Study()


@contextlib.contextmanager
def dying_at_line(number: int) -> Iterator[None]:
    """Raise `Killed` at the line of the publishing code that is run as the `number`th."""
    left = number

    def line(frame: Any, event: str, arg: object) -> Any:
        nonlocal left
        if event == "line":
            left -= 1
            if left == 0:
                raise Killed
        return line

    def call(frame: Any, event: str, arg: object) -> Any:
        return line if frame.f_code.co_filename in _TRACED else None

    before = sys.gettrace()
    sys.settrace(call if number else before)
    try:
        yield
    finally:
        sys.settrace(before)


@dataclass(frozen=True)
class Happening:
    """What happens in the middle of a worker's tick."""

    what: Literal["", "kill", "line", "other", "stall", "act"] = ""
    step: str = ""
    """At which step of the worker; with `line`, unused."""
    line: int = 0
    act: str = ""
    which: int = 0


@dataclass(frozen=True)
class Command:
    """One thing that happens; `faults` by the name of the call that goes wrong."""

    what: str
    which: int = 0
    """Which of the three submissions, or of the two accounts."""
    faults: tuple[tuple[str, str], ...] = ()
    happening: Happening = Happening()


def make_template(make_desk: Any, a_face: Callable[..., Any], folder: Path) -> tuple[Any, Path]:
    """The school before each story: three approved posts that are due, in `folder`."""
    folder.mkdir()
    desk = make_desk(folder)
    desk.school = replace(desk.school, slots=Slots(ALWAYS))
    with desk.school.database.write() as session:
        owner = desk.people["head"]
        second = Account(channel="twitter", handle="second", owner_id=owner, secrets=b"-")
        session.add(second)
        session.flush()
        second_id = second.id
    for pupil in ("p1", "p2"):
        desk.consent(pupil, Decision.YES, use=Use.TWITTER)
    first_id = desk.account_id
    for number, colour in enumerate(COLOURS):
        desk.account_id = second_id if number == 2 else first_id
        _approved(desk, a_face, f"Pupils at sports day, part {number + 1}.", colour)
    desk.account_id = first_id
    desk.school.database.close()
    return desk, folder


def _approved(desk: Any, a_face: Callable[..., Any], caption: str, colour: str) -> None:
    from tests.queue.conftest import jpeg

    faces = (a_face(said="p1"), a_face(said="p2", left=150))
    (post_id,) = desk.approved(faces, caption=caption, channels=("twitter",), data=jpeg(colour))
    submission_id = desk.post(post_id).submission_id
    with desk.school.database.write() as session:
        (row,) = photos_of(session, submission_id)
        for box, pupil in zip(FACES, ("p1", "p2"), strict=True):
            session.add(
                FaceWord(
                    photo_id=row.id,
                    clean_sha256=row.clean_sha256,
                    box=list(box),
                    person_id=pupil,
                    said_by=desk.people["coordinator"],
                    said_at=desk.clock(),
                )
            )


class Story:
    """Runs commands and keeps an eye on what must never happen."""

    def __init__(self, template: tuple[Any, Path], folder: Path) -> None:
        made, source = template
        self._folder = folder
        shutil.copytree(source, folder)
        self.clock = replace(made.clock)
        database = Database(f"sqlite:///{folder / 'school.db'}")
        self.school = replace(
            made.school,
            database=database,
            store=PictureStore(folder, made.school.cipher),
            audit=AuditLog(b"k" * 32, self.clock),
            clock=self.clock,
        )
        self.desk = replace(made, school=self.school, clock=self.clock)
        with database.read() as session:
            rows = session.exec(select(Submission).order_by(col(Submission.caption))).all()
            self.submissions = [row.id for row in rows]
            accounts = session.exec(select(Account).order_by(col(Account.handle))).all()
        self.accounts = {row.id: ModelAccount(self.clock) for row in accounts}
        self.account_ids = list(self.accounts)
        for account_id, account in self.accounts.items():
            account.on_publish = lambda item, account_id=account_id: self._publishing(
                account_id, item
            )
        self.approved: set[tuple[str, str]] = set()
        self.asked_down: set[str] = set()
        self.deleted_by_hand: set[str] = set()
        self.said_absent = False
        """Somebody said that a post is not there; they may have been wrong."""
        self.may_go: set[str] = set()
        self.broken: list[str] = []
        """What went wrong inside a call, where the product itself would catch an error."""
        self.edits = 0
        self.happening = Happening()
        self._note_approved()

    # --- telling the story ------------------------------------------------------------------

    def run(self, command: Command) -> None:
        """One command, and what must hold after each."""
        for account in self.accounts.values():
            account.faults = {}
            for call, fault in command.faults:
                account.faults.setdefault(call, []).append(fault)
        self.happening = command.happening
        if command.what in ("tick", "other tick", "night"):
            self._tick(command.what)
        elif command.what == "check":
            self.check()
        elif command.what == "wait":
            self.clock.forward(minutes=20)
        else:
            self.act(command.what, command.which)
        self._note_approved()
        self.look()

    def look(self) -> None:
        """Never two copies, never what nobody approved, one at a time from each account."""
        self._watch()
        assert not self.broken, self.broken

    def _watch(self) -> None:
        posts = {post.id: post for post in self.all_posts()}
        shown = [posts[one.post_id].submission_id for one in self.ours()]
        self._must(len(shown) == len(set(shown)), "two copies")
        for one in self.ours():
            approved = one.text == "Something else." or (one.post_id, one.text) in self.approved
            self._must(approved, "not approved")
        sending = [post.account_id for post in posts.values() if post.state == PostState.SENDING]
        self._must(len(sending) == len(set(sending)), "two posts at once from an account")

    def _must(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.broken.append(otherwise)

    def end(self) -> None:
        """Nobody does anything any more, the channels answer, and time passes."""
        for account in self.accounts.values():
            account.faults = {}
        self.happening = Happening()
        with self.school.database.write() as session:
            resume(self.school, session, self.desk.user(session, "head"))
            for account in session.exec(select(Account)):
                account.active = True
        for _ in range(2):
            self._until_quiet()
            self._nights()
        self._until_quiet()
        self._check_end()

    # --- what workers do --------------------------------------------------------------------

    def _tick(self, what: str) -> None:
        """A worker's round; another one carries on where it is killed."""
        self.clock.forward(minutes=2)
        name = "worker 2" if what == "other tick" else "worker 1"
        with contextlib.suppress(Killed), dying_at_line(self.happening.line):
            if what == "night":
                self._night_look(name).tick()
            else:
                self._round(name)

    def _round(self, name: str) -> None:
        publisher = self._publisher(name)
        publisher.release_abandoned()
        publisher.publish_due()
        publisher.settle_unknown()
        schedule_missing(self.school)
        self._note_approved()
        Remover(self.school, self._open, self._step(name)).remove_due()

    def check(self) -> None:
        """Whatever waits is checked; where a check is killed, another one finishes it."""

        def die(reached: str) -> None:
            if (self.happening.what, self.happening.step) == ("kill", reached):
                self.happening = Happening()
                raise Killed

        checker = Checker(
            self.school,
            TwoFaces(),  # type: ignore[arg-type]
            EngineId("dlib", "1"),
            Thresholds(),
            "checker",
            step=die,
        )
        with contextlib.suppress(Killed):
            while checker.check_next():
                self._note_approved()
            return
        self.clock.forward(minutes=6)
        checker.release_abandoned()
        self.check()

    def _step(self, name: str) -> Callable[[str], None]:
        def step(reached: str) -> None:
            self._watch()
            if reached == "ready":
                self._note_ready()
            happening = self.happening
            if happening.step != reached or happening.what in ("", "line"):
                return
            self.happening = Happening()
            if happening.what == "kill":
                raise Killed
            if happening.what == "act":
                self.act(happening.act, happening.which)
                return
            if happening.what == "stall":
                self.clock.forward(minutes=6)
            self._round(f"{name}, another")

        return step

    def _note_ready(self) -> None:
        """Which posts may go out at the last moment at which they can be called off."""
        with self.school.database.read() as session:
            if current_pause(session) is not None:
                self.may_go = set()
                return
            query = (
                select(Post.id)
                .join(Account, col(Account.id) == col(Post.account_id))
                .join(Approval, col(Approval.id) == col(Post.approval_id))
                .where(
                    Post.state == PostState.SENDING,
                    Post.removal_reason == "",
                    col(Account.active),
                    col(Approval.voided_at).is_(None),
                )
            )
            self.may_go = set(session.exec(query))

    def _publishing(self, account_id: str, item: Outgoing) -> None:
        """What must hold at the moment of the call: approved, and alone with the account."""
        posts = {post.id: post for post in self.all_posts()}
        sending = [
            post.id
            for post in posts.values()
            if (post.account_id, post.state) == (account_id, PostState.SENDING)
        ]
        self._must(sending == [item.post_id], "it is not the one that is being sent")
        self._must((item.post_id, item.text) in self.approved, "sent without approval")
        self._must(item.post_id in self.may_go, "sent although it was called off")

    # --- what people do ---------------------------------------------------------------------

    def act(self, what: str, which: int) -> None:
        """What a person does, here or on the channel; a refusal is an answer too."""
        account = self.accounts[self.account_ids[which % 2]]
        if what == "delete by hand":
            before = {one.post_id for one in account.ours()}
            account.delete_by_hand()
            self.deleted_by_hand |= before - {one.post_id for one in account.ours()}
        elif what in ("copy by hand", "change by hand", "bring back"):
            getattr(account, what.replace(" ", "_"))()
        elif what in ("withdraw", "restore"):
            self._consent(Decision.NO if what == "withdraw" else Decision.YES)
        elif what == "recheck":
            Rechecker(self.school).recheck()
        else:
            with contextlib.suppress(*REFUSALS), self.school.database.write() as session:
                self._act_here(session, what, which)

    def _act_here(self, session: Session, what: str, which: int) -> None:
        row = session.get_one(Submission, self.submissions[which])
        teacher, coordinator = (
            self.desk.user(session, name) for name in ("teacher", "coordinator")
        )
        if what == "edit":
            self.edits += 1
            content = Content(
                f"Pupils at sports day, again {self.edits}.",
                ("twitter",),
                "3K",
                tuple(row.account_ids),
                confirmed=CHECKLIST,
            )
            edit(self.school, session, teacher, row, content, {})
        elif what == "send back":
            send_back(self.school, session, coordinator, row, "Too dark.")
        elif what == "check again":
            check_again(self.school, session, teacher, row)
        elif what == "approve":
            approve(self.school, session, coordinator, row, newest_verdict(session, row))
        elif what == "pause":
            pause(self.school, session, coordinator, "A visit.")
        elif what == "resume":
            resume(self.school, session, coordinator)
        elif what in ("account off", "account on"):
            account = session.get_one(Account, self.account_ids[which % 2])
            account.active = what == "account on"
        else:
            for post in posts_of(session, row.id):
                self._act_on(session, what, post)

    def _act_on(self, session: Session, what: str, post: Post) -> None:
        coordinator = self.desk.user(session, "coordinator")
        if what == "take down":
            if post.state not in OVER:
                take_down(self.school, session, coordinator, post, "asked")
                self.asked_down.add(post.id)
        elif what == "retry":
            retry(self.school, session, post, actor=coordinator.id)
        elif what == "say there":
            account = self.accounts[post.account_id or ""]
            for remote_id, one in account.visible().items():
                if one.post_id == post.id:
                    receipt = Receipt(remote_id, "https://x.example")
                    settle_there(self.school, session, post, receipt, actor=coordinator.id)
        elif what == "say absent":
            settle_absent(self.school, session, post, actor=coordinator.id)
            self.said_absent = True

    def _consent(self, decision: Decision) -> None:
        self.desk.consent("p1", decision, use=Use.TWITTER)
        with self.school.database.write() as session:
            self.asked_down |= set(register_changed(self.school, session, ["p1"], actor="office"))

    # --- the end ----------------------------------------------------------------------------

    def _until_quiet(self) -> None:
        Rechecker(self.school).recheck()
        for _ in range(60):
            self.check()
            self._tick("tick")
            self._note_approved()
            self.look()
            if self._is_quiet():
                return
            self.clock.forward(minutes=5)
        raise AssertionError(f"never quiet: {[post.state for post in self.all_posts()]}")

    def _is_quiet(self) -> bool:
        with self.school.database.read() as session:
            strays = session.exec(
                select(StrayCopy.id).where(col(StrayCopy.removed_at).is_(None))
            ).all()
            waiting = session.exec(
                select(Post.id)
                .join(Submission, col(Submission.id) == col(Post.submission_id))
                .where(
                    col(Post.state).in_(NOW_AND_THEN)
                    | ((col(Post.state) == "scheduled") & (col(Submission.state) == "approved"))
                )
            ).all()
        return not strays and not waiting

    def _nights(self) -> None:
        """The next night, from ten to six."""
        zone = self.school.zone
        local = self.clock().astimezone(zone)
        evening = datetime.combine(local.date() + timedelta(days=1), time(22, 5), zone)
        self.clock.now = evening.astimezone(self.clock.now.tzinfo)
        for _ in range(2):
            self._night_look("night").tick()
            self.clock.forward(hours=1)

    def _check_end(self) -> None:
        posts = {post.id: post for post in self.all_posts()}
        live = {post.id for post in posts.values() if post.state == PostState.LIVE}
        shown: dict[str, Any] = {}
        for account in self.accounts.values():
            for one in account.there.values():
                if one.post_id:
                    assert one.post_id not in shown, "two copies"
                    shown[one.post_id] = one
        assert set(shown) <= live, [posts[post_id].state for post_id in set(shown) - live]
        assert live - set(shown) <= self.deleted_by_hand
        for post_id in live:
            post, one = posts[post_id], shown.get(post_id)
            changed = one is not None and one.text == "Something else."
            found = "gone" if one is None else "changed" if changed else ""
            assert post.drift == found, (post.drift, found)
        for post_id in self.asked_down:
            assert posts[post_id].state in OVER, posts[post_id].state
        with self.school.database.read() as session:
            told = set(session.exec(select(Incident.kind)))
        assert self.desk.audit_is_whole()
        # Nothing that the product does makes these: only the platform itself can, and a person who
        # says that a post is not there while it is.
        assert "published-twice" not in told
        back = any(one.back for one in self.accounts.values())
        assert "removed-back-up" not in told or back or self.said_absent
        assert ("post-changed" in told) >= any(post.drift == "changed" for post in posts.values())

    # --- looking ----------------------------------------------------------------------------

    def all_posts(self) -> list[Post]:
        with self.school.database.read() as session:
            return list(session.exec(select(Post)))

    def ours(self) -> list[Any]:
        return [one for account in self.accounts.values() for one in account.ours()]

    def close(self) -> None:
        self.school.database.close()
        shutil.rmtree(self._folder)

    def _note_approved(self) -> None:
        """Remember what stands approved now, by post and caption."""
        with self.school.database.read() as session:
            rows = session.exec(
                select(Post.id, Submission.caption)
                .join(Approval, col(Approval.id) == col(Post.approval_id))
                .join(Submission, col(Submission.id) == col(Post.submission_id))
                .where(
                    col(Approval.voided_at).is_(None),
                    Submission.state == "approved",
                    Approval.version == Submission.version,
                )
            ).all()
        self.approved |= {(post_id, caption) for post_id, caption in rows}

    def _publisher(self, name: str) -> Publisher:
        return Publisher(self.school, self._open, name, step=self._step(name))

    def _night_look(self, name: str) -> NightLook:
        return NightLook(self.school, self._open, self._publisher(name))

    def _open(self, post: Post) -> ModelAccount:
        return self.accounts[post.account_id or ""]
