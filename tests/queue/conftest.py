"""A school on a real SQLite file, with a clock that tests move."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet, MultiFernet
from PIL import Image
from sqlmodel import Session
from tests.empty_school import put_empty_database

from gatekeeper.channels.own_pages.channel import WebsiteChannel
from gatekeeper_consent.models import Pupil
from gatekeeper_consent.register import Decision, Scope, Use, set_consent
from gatekeeper_detectors.findings import Outcome, Verdict
from gatekeeper_detectors.policy import make_policy
from gatekeeper_detectors.values import CHECKLIST, Box, CleanPicture, Face, Statement
from gatekeeper_queue.approvals import grant, people_in
from gatekeeper_queue.audit import AuditLog
from gatekeeper_queue.channel import (
    Channel,
    OutcomeUnknown,
    Outgoing,
    PermanentFailure,
    Receipt,
    RetryLater,
)
from gatekeeper_queue.database import Database
from gatekeeper_queue.models import Account, Meta, Post, Submission, SubmissionPhoto, User
from gatekeeper_queue.people import Role
from gatekeeper_queue.recognition import Safeguards
from gatekeeper_queue.record_models import TrainingRecord
from gatekeeper_queue.records import faces_to_json, photo_from_row, picture_to_json
from gatekeeper_queue.school import School, Slots
from gatekeeper_queue.states import SubmissionState, change_state
from gatekeeper_queue.store import PictureStore
from gatekeeper_queue.submissions import Content, NewPhoto, photos_of, posts_of, submit
from gatekeeper_queue.verdicts import case_for, keep_verdict, verdict_on

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


def jpeg(colour: str = "navy") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(buffer, "JPEG")
    return buffer.getvalue()


@dataclass
class Desk:
    """A school with its people, and shortcuts to the states that tests start from."""

    school: School
    clock: Clock
    people: dict[str, str]
    account_id: str
    channels: dict[str, Channel] = field(default_factory=dict)

    def user(self, session: Session, name: str) -> User:
        return session.get_one(User, self.people[name])

    def open_channel(self, post: Post) -> Channel:
        return self.channels.get(post.account_id or "") or self.channels[post.channel]

    def submit(
        self,
        caption: str = "Pupils at sports day.",
        channels: tuple[str, ...] = ("website",),
        author: str = "teacher",
        alt: str = "Pupils on a field.",
        data: bytes | None = None,
        publish_at: datetime | None = None,
        confirmed: tuple[Statement, ...] = CHECKLIST,
    ) -> str:
        content = Content(caption, channels, "3K", (self.account_id,), publish_at, confirmed)
        with self.school.database.write() as session:
            photo = NewPhoto("IMG_1.jpg", data or jpeg(), alt)
            return submit(self.school, session, self.user(session, author), content, [photo]).id

    def judge(self, submission_id: str, faces: tuple[Face, ...] = ()) -> Outcome:
        """Stand in for the pictures' part of a check; texts and people are judged for real."""
        with self.school.database.write() as session:
            submission = session.get_one(Submission, submission_id)
            change_state(
                session, submission, SubmissionState.CHECKING, self.school.audit, actor="test"
            )
            rows = photos_of(session, submission_id)
            for row in rows:
                self._look(row, faces)
            photos = [photo_from_row(row) for row in rows]
            verdicts: list[Verdict] = []
            for channel in submission.channels:
                alts = [row.alt for row in rows]
                case = case_for(self.school, session, submission, photos, alts, channel)
                verdicts.append(verdict_on(self.school, case))
                keep_verdict(self.school, session, submission, channel, verdicts[-1], photos)
            outcome = max((v.outcome for v in verdicts), key=list(Outcome).index)
            change_state(
                session, submission, SubmissionState(str(outcome)), self.school.audit, actor="test"
            )
            return outcome

    def _look(self, row: SubmissionPhoto, faces: tuple[Face, ...]) -> None:
        data = self.school.store.original(row.id)
        digest = hashlib.sha256(data).hexdigest()
        self.school.store.save_clean(data, digest)
        clean = CleanPicture(data, digest, 320, 240, 320, 240, "JPEG")
        row.clean_sha256, row.picture = digest, picture_to_json(clean)
        row.faces, row.words = faces_to_json(faces), []
        row.gradient_hash = f"{int(digest, 16):064x}"

    def approved(self, faces: tuple[Face, ...] = (), **more) -> list[str]:
        """Submit, judge and approve; returns the ids of the scheduled posts."""
        submission_id = self.submit(**more)
        self.judge(submission_id, faces)
        with self.school.database.write() as session:
            submission = session.get_one(Submission, submission_id)
            rows = photos_of(session, submission_id)
            people = people_in([photo_from_row(row) for row in rows])
            grant(self.school, session, submission, rows, people, by=self.people["coordinator"])
            return [post.id for post in posts_of(session, submission_id)]

    def post(self, post_id: str) -> Post:
        with self.school.database.read() as session:
            return session.get_one(Post, post_id)

    def state_of(self, submission_id: str) -> str:
        with self.school.database.read() as session:
            return session.get_one(Submission, submission_id).state

    def consent(
        self,
        pupil_id: str,
        decision: Decision,
        use: Use = Use.WEBSITE,
        expires_on: date | None = None,
        scope: Scope = Scope.GROUP,
    ) -> None:
        with self.school.database.write() as session:
            set_consent(
                session,
                pupil_id,
                use,
                scope,
                decision,
                given_by="mother",
                given_on=date(2026, 9, 1),
                expires_on=expires_on,
                recorded_by="office",
                now=self.clock(),
                record=lambda kind, subject, data: self.school.audit.append(
                    session, "office", kind, subject, data
                ),
            )

    def audit_is_whole(self) -> bool:
        with self.school.database.read() as session:
            return not list(self.school.audit.verify(session))


class ModelChannel:
    """A channel in memory that loses answers, refuses and stalls when it is told to."""

    name = "website"

    def __init__(self):
        self.up: dict[str, tuple[Outgoing, tuple[str, ...]]] = {}
        self.ever: list[str] = []
        self.faults: list[str] = []
        self._ids = itertools.count(1)

    def _fault(self):
        return self.faults.pop(0) if self.faults else ""

    def prepare(self, item):
        if self._fault() == "retry":
            raise RetryLater("busy")
        return (f"media-{next(self._ids)}",)

    def publish(self, item, references):
        fault = self._fault()
        if fault == "retry":
            raise RetryLater("busy")
        if fault == "refuse":
            raise PermanentFailure("no")
        if fault == "lost before":
            raise OutcomeUnknown("no answer")
        remote_id = f"post-{next(self._ids)}"
        self.up[remote_id] = (item, references)
        self.ever.append(item.post_id)
        if fault == "lost after":
            raise OutcomeUnknown("no answer")
        return Receipt(remote_id, f"https://x.example/{remote_id}")

    def find(self, item, references):
        if self._fault() == "retry":
            raise RetryLater("busy")
        for remote_id, (_, used) in self.up.items():
            if set(used) & set(references):
                return Receipt(remote_id, f"https://x.example/{remote_id}")
        return None

    def take_down(self, receipt):
        fault = self._fault()
        if fault in ("retry", "lost before"):
            raise RetryLater("busy")
        if fault != "stays":
            self.up.pop(receipt.remote_id, None)

    def is_up(self, receipt):
        return receipt.remote_id in self.up

    def check_account(self):
        return "model"


def face(person: str = "", said: str = "", left: int = 10) -> Face:
    return Face(Box(left, 10, left + 80, 90), 0.9, ("centerface",), matched=person, said=said)


def make_desk(folder: Path, clock: Clock | None = None, key: bytes | None = None) -> Desk:
    """A school in `folder`; a second call with the same key opens it again."""
    clock = clock or Clock()
    cipher = MultiFernet([Fernet(key or Fernet.generate_key())])
    put_empty_database(folder / "school.db")
    database = Database(f"sqlite:///{folder / 'school.db'}")
    school = School(
        database,
        PictureStore(folder, cipher),
        cipher,
        AuditLog(b"k" * 32, clock),
        make_policy(),
        clock,
        ZoneInfo("Europe/London"),
        Slots(),
    )
    with database.write() as session:
        people = {name: _user(session, name, role) for name, role in ROLES.items()}
        account = Account(channel="twitter", handle="school", owner_id=people["head"], secrets=b"-")
        session.add(account)
        facts = Safeguards(date(2026, 9, 1), "Morgan Vale", date(2026, 9, 15))
        session.add(Meta(name="recognition", value=json.dumps(facts.as_json())))
        for number in range(1, 5):
            session.add(
                Pupil(
                    pupil_id=f"p{number}",
                    first_name=f"Quillon{number}",
                    last_name="Xanthery",
                    class_name="3K",
                    year="3",
                )
            )
    desk = Desk(school, clock, people, account.id)
    desk.channels["website"] = WebsiteChannel(database, "http://school.example", clock)
    return desk


ROLES = {
    "teacher": Role.TEACHER,
    "other teacher": Role.TEACHER,
    "coordinator": Role.COORDINATOR,
    "office": Role.OFFICE,
    "head": Role.HEAD,
    "technician": Role.TECHNICIAN,
}


def _user(session: Session, name: str, role: Role) -> str:
    user = User(
        email=f"{name.replace(' ', '.')}@school.example",
        display_name=name.title(),
        role=role,
        password_hash="-",
    )
    session.add(user)
    session.flush()
    for kind in ("training", "aup"):
        session.add(
            TrainingRecord(
                user_id=user.id, kind=kind, on=date(2026, 9, 1), recorded_at=START, recorded_by="-"
            )
        )
    return user.id


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(tmp_path)
    yield made
    made.school.database.close()


@pytest.fixture
def a_face() -> Callable[..., Face]:
    return face


@pytest.fixture(name="make_desk")
def _make_desk() -> Callable[..., Desk]:
    return make_desk


@pytest.fixture
def model_channel() -> type[ModelChannel]:
    return ModelChannel
