"""How long the pages of the record take when a school has published for years.

    python tests/benchmarks/recording.py [--submissions N] [--pupils N] [--folder DIR]

An invented school on a real database file: N submissions of one term (10,000) and N pupils
(5,000), against a school as small as the demo's (13 and 60). Each submission has a photo with
its files, a verdict and a post for the website and for X, and its events on the audit log; one in
twenty was rejected, one in six was decided by a person. Each pupil has 8 answers.
Seconds of processor time, the best of three, so that other work on the machine does not count.
With --folder the large school is kept there, to be looked at with `gatekeeper serve`.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlmodel import Session, SQLModel

from gatekeeper.composition import open_school
from gatekeeper.keeping import sweep_of
from gatekeeper.keys import make_key_file
from gatekeeper.report.files import report_file, report_page
from gatekeeper.settings import Settings
from gatekeeper.signin import add_user
from gatekeeper_consent.answers import Decision, Scope, Use
from gatekeeper_consent.models import Consent, Pupil
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rules import ALL_RULES
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.expiry import Reaudit
from gatekeeper_queue.freezing import freeze
from gatekeeper_queue.models import (
    Account,
    Approval,
    Judgement,
    Post,
    Submission,
    SubmissionPhoto,
    User,
)
from gatekeeper_queue.people import Role
from gatekeeper_queue.records import findings_to_json
from gatekeeper_queue.sampling import draw
from gatekeeper_queue.school import School
from gatekeeper_queue.terms import term_of

NOW = datetime(2026, 11, 24, 9, 15, tzinfo=UTC)
TERM = term_of(NOW.date())
CHANNELS = ("website", "twitter")
Measured = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--pupils", type=int, default=5_000)
    parser.add_argument("--folder", type=Path)
    wanted = parser.parse_args()
    small = measure(13, 60)
    large = measure(wanted.submissions, wanted.pupils, wanted.folder)
    print(
        f"| | 13 submissions, 60 pupils, s | {wanted.submissions} submissions, "
        f"{wanted.pupils} pupils, s | ratio |\n|---|---|---|---|"
    )
    for name, seconds in large.items():
        print(f"| {name} | {small[name]:.3f} | {seconds:.3f} | {seconds / small[name]:.0f} |")


def measure(submissions: int, pupils: int, folder: Path | None = None) -> Measured:
    with tempfile.TemporaryDirectory() as temporary:
        settings = Settings(data=folder or Path(temporary))
        make_key_file(settings)
        school = open_school(settings, lambda: NOW)
        fill(school, submissions, pupils)
        found = _measured(school, settings)
        school.database.close()
    return found


def _measured(school: School, settings: Settings) -> Measured:
    sweep = sweep_of(school)

    def as_head(act: Callable[[School, Session, User], object]) -> object:
        with school.database.write() as session:
            return act(school, session, session.get_one(User, "head"))

    return {
        "report, counted and worded": best(lambda: report_page(school, settings, TERM)),
        "report as PDF": best(lambda: report_file(school, settings, TERM, ".pdf")),
        "what goes tonight": best(sweep.preview),
        "which live posts are a year old": best(lambda: Reaudit(school).tick()),
        "a sample is drawn": best(lambda: as_head(lambda *who: draw(*who, TERM)), times=1),
        "incident mode, one press": best(lambda: as_head(freeze), times=1),
    }


def best(work: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def fill(school: School, submissions: int, pupils: int) -> None:
    with school.database.write() as session:
        for name, role in (("teacher", Role.TEACHER), ("head", Role.HEAD)):
            user = add_user(
                school, session, actor=SYSTEM, email=f"{name}@school.example", name=name,
                role=role, password="correct horse battery",
            )  # fmt: skip
            user.id = name
        session.flush()
        session.add(Account(id="x1", channel="twitter", handle="a", owner_id="head", secrets=b""))
        session.add_all(
            Pupil(pupil_id=f"A{n:05}", first_name=f"Given{n}", last_name=f"Family{n}")
            for n in range(pupils)
        )
        session.flush()
        session.add_all(_answers(pupils))
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
                    pupil_id=f"A{n:05}", use=use, scope=scope, decision=Decision.YES,
                    given_by="parent", given_on=date(2026, 9, 1), recorded_by="office",
                    recorded_at=NOW, expires_on=date(2026, 10, 1) if n % 50 == 0 else None,
                )  # fmt: skip


def _submission(school: School, session: Session, number: int, of: int) -> Iterator[SQLModel]:
    days = (NOW.date() - TERM.first).days
    at = NOW - timedelta(days=days * number / of)
    yield Submission(
        id=f"s{number}", author_id="teacher", state=_state(number), caption=f"Pupils {number}",
        channels=list(CHANNELS), account_ids=["x1"], created_at=at, changed_at=at,
    )  # fmt: skip


def _state(number: int) -> str:
    return "rejected" if number % 20 == 0 else "approved"


def _judged(school: School, session: Session, number: int, of: int) -> Iterator[SQLModel]:
    data = f"picture {number}".encode()
    sha256 = hashlib.sha256(data).hexdigest()
    school.store.save_clean(data, sha256)
    school.store.save_original(f"photo{number}", data)
    yield SubmissionPhoto(
        id=f"photo{number}", submission_id=f"s{number}", position=0, name="a.jpg",
        alt="Pupils on a field", original_sha256=sha256, clean_sha256=sha256,
        gradient_hash=sha256[:16],
    )  # fmt: skip
    rejected = _state(number) == "rejected"
    rules = [ALL_RULES[(number * step) % len(ALL_RULES)] for step in (1, 3, 7)]
    action = Action.REJECT if rejected else Action.NOTE
    found = [Finding(rule.id, action, "Something.", "Mend it.", rule.policy, 0) for rule in rules]
    at = session.get_one(Submission, f"s{number}").created_at
    for channel in CHANNELS:
        yield Judgement(
            submission_id=f"s{number}", version=1, channel=channel,
            outcome="rejected" if rejected else "clear", findings=findings_to_json(found),
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


if __name__ == "__main__":
    main()
