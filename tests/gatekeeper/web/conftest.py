"""A small school with a real database file, and the pages over it."""

from __future__ import annotations

import hashlib
import io
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from cryptography.fernet import Fernet
from PIL import Image
from pydantic import SecretStr
from sqlmodel import SQLModel
from tests.empty_school import put_empty_database

from gatekeeper.settings import Settings
from gatekeeper.signin import sign_in
from gatekeeper.web import create_app
from gatekeeper.web.security import COOKIE
from gatekeeper_consent.answers import Decision, Scope, Use
from gatekeeper_consent.models import Consent, Guardian, Guardianship, Pupil, StaffMember
from gatekeeper_detectors.findings import Finding, outcome_of
from gatekeeper_detectors.policy import make_policy
from gatekeeper_detectors.values import CHECKLIST, Face
from gatekeeper_queue.acceptable_use import AcceptableUse
from gatekeeper_queue.audit import AuditLog
from gatekeeper_queue.database import Database
from gatekeeper_queue.heartbeat import beat
from gatekeeper_queue.models import (
    Account,
    Approval,
    Judgement,
    Meta,
    NewsItem,
    Post,
    PostPerson,
    Submission,
    SubmissionPhoto,
    User,
)
from gatekeeper_queue.recognition import Safeguards
from gatekeeper_queue.records import faces_to_json, findings_to_json
from gatekeeper_queue.school import School
from gatekeeper_queue.store import PictureStore
from gatekeeper_queue.verdicts import newest_verdict

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it recommends the successor of httpx
    from starlette.testclient import TestClient

NOW = datetime(2025, 11, 24, 9, 15, tzinfo=UTC)
PASSWORD = "correct horse battery"
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
ROLES = ("teacher", "coordinator", "office", "head", "governor", "technician", "parent")
BASE = "https://testserver"


def jpeg(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(out, "JPEG")
    return out.getvalue()


class Time:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class TownSchool:
    """The school, its people, and short ways to put things into each state."""

    def __init__(self, root: Path, **policy: Any) -> None:
        self.time = Time()
        put_empty_database(root / "school.db")
        cipher = Fernet(Fernet.generate_key())
        self.school = School(
            database=Database(f"sqlite:///{root / 'school.db'}"),
            store=PictureStore(root, cipher),
            cipher=cipher,
            audit=AuditLog(b"k" * 32, self.time),
            policy=make_policy(policy),
            clock=self.time,
            zone=ZoneInfo("Europe/London"),
            aup=AcceptableUse("# Using Twitter, version 2\n\nNo names.\n\n- Be kind."),
        )
        self.settings = Settings(
            data=root, school_name="Town School", public_url="https://school.test"
        )
        self.app = create_app(self.school, self.settings)
        beat(self.school)
        self._register()
        facts = Safeguards(date(2025, 9, 1), "Morgan Vale", date(2025, 9, 15))
        self.add(Meta(name="recognition", value=json.dumps(facts.as_json())))
        for role in ROLES:
            self.person(role, role, guardian_id="g1" if role == "parent" else None)
        self.add(
            Account(
                id="x1", channel="twitter", handle="townschool", owner_id="teacher", secrets=b""
            )
        )

    def add(self, *rows: SQLModel) -> None:
        with self.school.database.write() as session:
            for row in rows:
                session.add(row)
                session.flush()

    def get(self, kind: Any, key: Any) -> Any:
        with self.school.database.read() as session:
            return session.get(kind, key)

    def person(
        self, user_id: str, role: str, name: str = "", guardian_id: str | None = None
    ) -> User:
        user = User(
            id=user_id,
            email=f"{user_id}@school.test",
            display_name=name or user_id.capitalize(),
            role=role,
            password_hash=PASSWORD_HASH,
            guardian_id=guardian_id,
        )
        self.add(user)
        return user

    def set_up_mail(self) -> None:
        """As the technician does; nothing is sent by the pages themselves."""
        mail = {"mail_url": SecretStr("mailto://mail.test?to={to}")}
        self.settings = self.settings.model_copy(update=mail)
        self.app = create_app(self.school, self.settings)

    def client(self, user_id: str | None = None) -> Client:
        return Client(self, user_id)

    def submission(
        self,
        submission_id: str,
        state: str,
        *,
        author: str = "teacher",
        caption: str = "Year 5 pupils enjoying a music lesson.",
        channels: Sequence[str] = ("website",),
        faces: Sequence[Face] | None = (),
        findings: Sequence[Finding] = (),
        name: str = "lesson.jpg",
        alt: str = "Pupils around a drum",
        colour: str = "teal",
        **more: Any,
    ) -> Submission:
        """A submission as the checks leave it, judged alike for each of its channels."""
        row = Submission(
            id=submission_id,
            author_id=author,
            state=state,
            caption=caption,
            channels=list(channels),
            account_ids=["x1"] if "twitter" in channels else [],
            confirmed=list(CHECKLIST),
            created_at=self.time.now - timedelta(hours=2),
            changed_at=self.time.now - timedelta(hours=1),
            **more,
        )
        clean = jpeg(colour)
        sha256 = hashlib.sha256(clean).hexdigest()
        self.school.store.save_clean(clean, sha256)
        photo = SubmissionPhoto(
            id=f"photo-{submission_id}",
            submission_id=submission_id,
            position=0,
            name=name,
            alt=alt,
            original_sha256=sha256,
            clean_sha256=sha256,
            picture=PICTURE,
            faces=None if faces is None else faces_to_json(faces),
            words=[],
            gradient_hash=sha256,
        )
        self.add(row, photo)
        self.judge(row, findings)
        return row

    def judge(self, row: Submission, findings: Sequence[Finding], channels: Any = None) -> None:
        for channel in channels or row.channels:
            self.add(
                Judgement(
                    submission_id=row.id,
                    version=row.version,
                    channel=channel,
                    outcome=str(outcome_of(findings)),
                    findings=findings_to_json(findings),
                    rule_set=self.school.policy.rule_set,
                    consent_snapshot=self.snapshot(channel),
                    at=self.time.now,
                )
            )

    def seen(self, submission_id: str) -> str:
        """What the review page of it says that the reviewer saw."""
        with self.school.database.read() as session:
            return str(newest_verdict(session, session.get_one(Submission, submission_id)))

    def snapshot(self, channel: str, people: Sequence[str] = ()) -> str:
        from gatekeeper_consent.register import consent_snapshot

        with self.school.database.read() as session:
            return consent_snapshot(session, people, Use(channel), self.school.today())

    def post(
        self, post_id: str, submission_id: str, state: str, people: Sequence[str] = (), **more: Any
    ) -> Post:
        approval = Approval(
            id=f"approval-{post_id}",
            submission_id=submission_id,
            version=1,
            channel="website",
            fingerprint="",
            people=[],
            approved_by="head",
            approved_at=self.time.now,
        )
        account_id = "x1" if more.get("channel") == "twitter" else None
        values = {
            "channel": "website",
            "account_id": account_id,
            "due_at": self.time.now + timedelta(hours=1),
            **more,
        }
        post = Post(
            id=post_id,
            submission_id=submission_id,
            approval_id=approval.id,
            state=state,
            **values,
        )
        self.add(approval, post, *(PostPerson(post_id=post_id, person_id=who) for who in people))
        return post

    def news(self, post_id: str, text: str, sha256: str, alt: str = "", **more: Any) -> None:
        values = {"published_at": self.time.now, **more}
        self.add(
            NewsItem(
                post_id=post_id, text=text, pictures=[{"sha256": sha256, "alt": alt}], **values
            )
        )

    def _register(self) -> None:
        self.add(
            Pupil(
                pupil_id="p1", first_name="Poppy", last_name="Wainscott", class_name="2B", year="2"
            ),
            Pupil(pupil_id="p2", first_name="Zoë", last_name="Marsh", class_name="2B", year="2"),
            Pupil(pupil_id="p3", first_name="Emeka", last_name="Lane", class_name="5K", year="5"),
            StaffMember(staff_id="s1", title="Mr", first_name="Graham", last_name="Ashdown"),
            Guardian(id="g1", name="Jo Wainscott", email="parent@school.test"),
            Guardianship(
                guardian_id="g1",
                pupil_id="p1",
                relation="mother",
                recorded_at=self.time.now,
                recorded_by="office",
            ),
        )
        for pupil, decision in (("p1", Decision.YES), ("p3", Decision.NO)):
            for use in (Use.WEBSITE, Use.TWITTER):
                self.add(
                    Consent(
                        pupil_id=pupil,
                        use=use,
                        scope=Scope.GROUP,
                        decision=decision,
                        given_by="mother",
                        given_on=date(2025, 9, 1),
                        recorded_at=self.time.now,
                        recorded_by="office",
                    )
                )


class Client(TestClient):
    """A browser in which somebody is signed in; `fill_in` posts as the page's own form would."""

    def __init__(self, town: TownSchool, user_id: str | None) -> None:
        super().__init__(
            town.app, base_url=BASE, follow_redirects=False, raise_server_exceptions=False
        )
        self.csrf = ""
        if user_id is not None:
            token = sign_in(town.school, f"{user_id}@school.test", PASSWORD, "Browser")
            self.cookies.set(COOKIE, token, domain="testserver.local")
            self.csrf = token_in(self.get("/rules").text)

    def fill_in(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        return self.post(path, data={"csrf": self.csrf, **(data or {})}, **more)


PICTURE = {
    "width": 320,
    "height": 200,
    "upright_width": 320,
    "upright_height": 200,
    "source_format": "JPEG",
    "camera": {},
    "residue": [],
}


def token_in(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found, html
    return unescape(found[1])


@pytest.fixture
def town(tmp_path: Path) -> Iterator[TownSchool]:
    built = TownSchool(tmp_path)
    yield built
    built.school.database.close()
