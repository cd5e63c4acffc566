"""The API keeps to its description, whatever is sent: schemathesis makes requests from it, with
data that it allows and data that it does not, for people of each role in turn."""

from __future__ import annotations

import hashlib
import random
import traceback

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlmodel import select
from tests.gatekeeper.api.conftest import token_of
from tests.gatekeeper.web.conftest import PASSWORD_HASH, jpeg

from gatekeeper.tokens import ApiToken
from gatekeeper_consent.erasing import digest_of
from gatekeeper_consent.exports.drafts import keep_draft
from gatekeeper_consent.models import (
    BiometricConsent,
    ConsentForm,
    Erasure,
    ImportDraft,
    ReferenceFace,
)
from gatekeeper_detectors.rules import ALL_RULES
from gatekeeper_detectors.values import Box, Face
from gatekeeper_queue.models import User
from gatekeeper_queue.record_models import (
    ChangeRequest,
    Incident,
    Notice,
    Objection,
    SampleCheck,
    Withdrawal,
)
from gatekeeper_queue.states import PostState, SubmissionState

PEOPLE = ("teacher", "head", "office", "technician", "coordinator")
KNOWN = {
    "submission_id": [f"s-{state}" for state in SubmissionState],
    "photo_id": [f"photo-s-{state}" for state in SubmissionState],
    "post_id": [f"post-{state}" for state in PostState],
    "pupil_id": ["p1", "p2", "p3", "erased"],
    "rule_id": [rule.id for rule in ALL_RULES],
    "user_id": ["governor", "office", "teacher"],
    "account_id": ["x1"],
    "incident_id": ["i1"],
    "objection_id": ["o1"],
    "withdrawal_id": ["w1"],
    "change_id": ["c1"],
    "check_id": [1],
    "staff_id": ["s1"],
    "guardian_id": ["g1"],
    "answer_id": [1, 2],
    "person_id": ["p1", "p2", "s1"],
    "form_id": ["f1"],
    "reference_id": [1],
    "import_id": ["export", "unknown", "folder"],
}
"""Things that there are: a made-up id alone would never find anything."""
EXPORT = b"UPN,Surname,Forename\np1,Wainscott,Poppy\np2,Marsh,Zo\xc3\xab\np3,Lane,Emeka\n"
FACE = Face(Box(10, 10, 60, 70), score=0.99)
FEW = settings(
    max_examples=8, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def fill(town):
    """A school in which there is something of everything."""
    now, seal = town.time.now, town.school.cipher.encrypt
    for state in SubmissionState:
        town.submission(f"s-{state}", state, faces=[FACE], channels=["website", "twitter"])
    for state in PostState:
        town.submission(f"sent-{state}", "approved")
        town.post(f"post-{state}", f"sent-{state}", state, ["p1"])
    town.news("post-live", "Music.", "a" * 64)
    town.add(
        Incident(id="i1", kind="other", opened_by="head", opened_at=now, evidence=[]),
        Objection(id="o1", submission_id="sent-live", post_id="post-live", by="parent", at=now),
        Withdrawal(id="w1", pupil_id="p1", by="office", at=now, uses=[], posts=[], unclear=[]),
        ChangeRequest(
            id="c1", kind="role", subject="office", before={"role": "office"},
            after={"role": "teacher"}, proposed_by="coordinator", proposed_at=now,
        ),
        SampleCheck(id=1, post_id="post-live", drawn_at=now),
        ConsentForm(
            id="f1", pupil_id="p1", name="form.pdf", media_type="application/pdf",
            content=seal(b"%PDF-signed"), sha256=hashlib.sha256(b"%PDF-signed").hexdigest(),
            added_at=now, added_by="office",
        ),
        BiometricConsent(
            person_id="p1", given_by="mother", given_on=now.date(), recorded_at=now,
            recorded_by="office",
        ),
        ReferenceFace(person_id="p1", picture=seal(jpeg()), digest="d" * 64, added_at=now),
        Erasure(
            id="e1", digest=digest_of("erased"), pupil_id="", asked_by="office", asked_at=now,
            done_at=now,
        ),
        Notice(kind="mail-tried", subject="head", at=now, attempts=1, last_error="No answer"),
    )  # fmt: skip
    columns = {"pupil_id": "UPN", "last_name": "Surname", "first_name": "Forename"}
    put_import(town, "export", {"roll.csv": EXPORT}, columns)
    put_import(town, "unknown", {"roll.csv": EXPORT}, {})
    put_import(town, "folder", {"roll.csv": b"", "staff.csv": b""}, {})


def put_import(town, known_as, files, columns):
    """Files that the office sent and has not confirmed."""
    now, cipher = town.time.now, town.school.cipher
    with town.school.database.write() as session:
        draft_id = keep_draft(session, cipher, files, columns, added_by="office", now=now)
        session.get_one(ImportDraft, draft_id).id = known_as


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_as_described(town, mode):
    """No server error, nothing that the description does not allow, nothing without a token.

    What the description allows may still be refused: that a class exists, or a day has passed, no
    description says.
    """
    fill(town)
    described = schemathesis.openapi.from_asgi("/api/v1/openapi.json", town.app)
    wrong = []
    for operation in described.get_all_operations():
        try:
            try_out(town, operation.ok(), mode)
        except Exception:  # all are told at once
            wrong.append(f"{operation.ok().label}: {traceback.format_exc()}")
    assert not wrong, "\n\n".join(wrong)


def try_out(town, operation, mode):
    chance = random.Random(operation.label)
    people = ["parent", "head"] if operation.path.startswith("/family") else PEOPLE

    @given(case=operation.as_strategy(generation_mode=mode))
    @FEW
    def requests(case):
        for name, ids in KNOWN.items():
            if name in case.path_parameters and chance.random() < 0.8:
                case.path_parameters[name] = chance.choice(ids)
        with town.school.database.write() as session:
            for token in session.exec(select(ApiToken)):
                session.delete(token)  # some requests end them
            for user in session.exec(select(User)):
                user.active, user.password_hash = True, PASSWORD_HASH
        if "Authorization" in case.headers:  # it is left out now and then, to be refused
            case.headers["Authorization"] = f"Bearer {token_of(town, chance.choice(people))}"
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    requests()
