"""An invented school of any size on a real database, with a term's submissions and posts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session, SQLModel, func, select

from gatekeeper.signin import add_user
from gatekeeper_consent.answers import Decision, Scope, Use
from gatekeeper_consent.models import (
    BiometricConsent,
    Consent,
    FaceTemplate,
    Guardian,
    Guardianship,
    Pupil,
)
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rules import ALL_RULES
from gatekeeper_detectors.values import CHECKLIST, Box, Candidate, Face
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.models import (
    Account,
    Approval,
    Judgement,
    Post,
    PostPerson,
    Submission,
    SubmissionPhoto,
)
from gatekeeper_queue.people import Role
from gatekeeper_queue.records import faces_to_json, findings_to_json
from gatekeeper_queue.school import School
from gatekeeper_queue.terms import term_of

NOW = datetime(2026, 11, 24, 9, 15, tzinfo=UTC)
TERM = term_of(NOW.date())
CHANNELS = ("website", "twitter")
PASSWORD = "correct horse battery"
CAPTION = "Year {} measure the shadows of {} trees, and draw what they found."
WAITING = 5
"""So many submissions wait for a person; what waits does not grow with what was published."""


def fill(school: School, submissions: int, pupils: int) -> None:
    with school.database.write() as session:
        for role in Role:
            user = add_user(
                school, session, actor=SYSTEM, email=f"{role}@school.example", name=role,
                role=role, password=PASSWORD, guardian_id="g1" if role == Role.PARENT else None,
            )  # fmt: skip
            user.id = str(role)
        session.flush()
        session.add(Account(id="x1", channel="twitter", handle="a", owner_id="head", secrets=b""))
        session.add_all(
            Pupil(
                pupil_id=f"A{n:05}",
                first_name=f"Given{n}",
                last_name=f"Family{n}",
                year=str(n // 30 % 7),
                class_name=f"{n // 30}K",
            )
            for n in range(pupils)
        )
        session.add_all(
            Guardian(id=f"g{n}", name=f"Parent Family{n}", email=f"g{n}@home.example")
            for n in range(pupils)
        )
        session.flush()
        session.add_all(_answers(pupils))
        session.add_all(_families(pupils))
    for first in range(0, submissions, 500):
        with school.database.write() as session:
            for number in range(first, min(first + 500, submissions)):
                for rows in (_submission, _judged, _approved, _posts):
                    session.add_all(rows(school, session, number, submissions))
                    session.flush()


def _answers(pupils: int) -> Iterator[SQLModel]:
    for n in range(pupils):
        for use in Use:
            for scope in Scope:
                yield Consent(
                    pupil_id=f"A{n:05}", use=use, scope=scope,
                    decision=Decision.NO if n % 10 == 7 else Decision.YES,
                    given_by="parent", given_on=date(2026, 9, 1), recorded_by="office",
                    recorded_at=NOW, expires_on=date(2026, 10, 1) if n % 50 == 0 else None,
                )  # fmt: skip


def _families(pupils: int) -> Iterator[SQLModel]:
    """A guardian for each child; every fourth may be recognised, every eighth is."""
    for n in range(pupils):
        yield Guardianship(
            guardian_id=f"g{n}", pupil_id=f"A{n:05}", recorded_at=NOW, recorded_by="office"
        )
        if n % 4 == 0:
            yield BiometricConsent(
                person_id=f"A{n:05}", given_by="parent", given_on=date(2026, 9, 1),
                recorded_at=NOW, recorded_by="office",
            )  # fmt: skip
        if n % 8 == 0:
            yield FaceTemplate(
                person_id=f"A{n:05}", engine="dlib", engine_version="1", vector=b"",
                reference_count=3, made_at=NOW,
            )  # fmt: skip


def _submission(school: School, session: Session, number: int, of: int) -> Iterator[SQLModel]:
    days = (NOW.date() - TERM.first).days
    at = NOW - timedelta(days=days * number / of)
    yield Submission(
        id=f"s{number}", author_id="teacher", state=_state(number),
        caption=CAPTION.format(number % 6, number),
        channels=list(CHANNELS), account_ids=["x1"], created_at=at, changed_at=at,
        confirmed=list(CHECKLIST),
    )  # fmt: skip


def _state(number: int) -> str:
    if number < WAITING:
        return "flagged"
    return "rejected" if number % 20 == 0 else "approved"


_OUTCOMES = {
    "flagged": (Action.FLAG, "flagged"),
    "rejected": (Action.REJECT, "rejected"),
    "approved": (Action.NOTE, "clear"),
}
_PICTURE = {
    "width": 320, "height": 200, "upright_width": 320, "upright_height": 200,
    "source_format": "JPEG", "camera": {}, "residue": [],
}  # fmt: skip


def _shown(session: Session, number: int) -> list[str]:
    """The three children in the picture."""
    pupils = session.exec(select(func.count()).select_from(Pupil)).one()
    return [f"A{n % pupils:05}" for n in range(3 * number, 3 * number + 3)]


def _faces(number: int, shown: Sequence[str]) -> tuple[Face, ...]:
    """Those children; what waits shows one more, who was not recognised."""
    near = tuple(Candidate(f"A{n:05}", 0.3 + n / 100) for n in range(8))
    known = [Face(Box(n, 5, n + 30, 40), 0.9, matched=who) for n, who in enumerate(shown)]
    return (*known, *(Face(Box(60, 5, 90, 40), 0.9, candidates=near),) * (number < WAITING))


def _judged(school: School, session: Session, number: int, of: int) -> Iterator[SQLModel]:
    data = f"picture {number}".encode()
    sha256 = hashlib.sha256(data).hexdigest()
    school.store.save_clean(data, sha256)
    school.store.save_original(f"photo{number}", data)
    yield SubmissionPhoto(
        id=f"photo{number}", submission_id=f"s{number}", position=0, name="a.jpg",
        alt=f"Pupils around tree {number}", original_sha256=sha256, clean_sha256=sha256,
        gradient_hash=sha256[:16],
        picture=_PICTURE,
        words=[],
        faces=faces_to_json(_faces(number, _shown(session, number))),
    )  # fmt: skip
    state = _state(number)
    rules = [ALL_RULES[(number * step) % len(ALL_RULES)] for step in (1, 3, 7)]
    action, outcome = _OUTCOMES[state]
    found = [Finding(rule.id, action, "Something.", "Mend it.", rule.policy, 0) for rule in rules]
    at = session.get_one(Submission, f"s{number}").created_at
    for channel in CHANNELS:
        yield Judgement(
            submission_id=f"s{number}", version=1, channel=channel,
            outcome=outcome, findings=findings_to_json(found),
            rule_set="1", consent_snapshot="", at=at,
        )  # fmt: skip


def _approved(school: School, session: Session, number: int, of: int) -> Iterator[SQLModel]:
    by = "head" if number % 6 == 0 else SYSTEM
    for state in ("checking", _state(number)):
        school.audit.append(session, by, f"submission.{state}", f"s{number}", {})
    at = session.get_one(Submission, f"s{number}").created_at
    for channel in CHANNELS if _state(number) == "approved" else ():
        yield Approval(
            id=f"a-{channel}{number}", submission_id=f"s{number}", version=1, channel=channel,
            fingerprint="", people=[], approved_by=by, approved_at=at,
        )  # fmt: skip


def _posts(school: School, session: Session, number: int, of: int) -> Iterator[SQLModel]:
    at = session.get_one(Submission, f"s{number}").created_at
    for channel in CHANNELS if _state(number) == "approved" else ():
        yield Post(
            id=f"{channel}{number}", submission_id=f"s{number}", live_at=at, due_at=at,
            approval_id=f"a-{channel}{number}", channel=channel, state="live",
            account_id="x1" if channel == "twitter" else None, remote_id=str(number),
            url=f"https://x.example/{number}",
        )  # fmt: skip
        for who in _shown(session, number):
            yield PostPerson(post_id=f"{channel}{number}", person_id=who)
