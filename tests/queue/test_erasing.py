"""Erasing one child: first everything comes down, then nothing is found in any file or table."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel, select

from gatekeeper_consent.answers import Decision, Use
from gatekeeper_consent.contents import ConsentRow, FolderContents, RollRow
from gatekeeper_consent.erasing import readmit
from gatekeeper_consent.forms import add_form
from gatekeeper_consent.importing import import_folder
from gatekeeper_consent.models import (
    BiometricConsent,
    Erasure,
    FaceTemplate,
    Guardian,
    Guardianship,
    ImportDraft,
    Protection,
    Pupil,
    ReferenceFace,
)
from gatekeeper_consent.ports import UnknownPerson
from gatekeeper_consent.roll import add_pupil
from gatekeeper_detectors.values import Candidate
from gatekeeper_queue.erasing import (
    CannotErase,
    ask_to_erase,
    finish_erasures,
    leftovers,
    still_up,
)
from gatekeeper_queue.forgetting import EMPTIED
from gatekeeper_queue.models import AuditEvent, FaceWord, Post, Submission, SubmissionPhoto, User
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.record_models import (
    ChangeRequest,
    Freeze,
    Incident,
    Invitation,
    Objection,
    Withdrawal,
)
from gatekeeper_queue.removal import Remover, take_down
from gatekeeper_queue.submissions import photos_of

CHILD = "kid-4711"
FIRST, LAST = "Thessalonike", "Brackwindle"
NAME = f"{FIRST} {LAST}"


@pytest.fixture
def child(desk):
    """A child who has left traces wherever a child can."""
    now, cipher = desk.clock(), desk.school.cipher
    desk.clock.forward(minutes=1)
    with desk.school.database.write() as session:
        session.add(Pupil(pupil_id=CHILD, first_name=FIRST, last_name=LAST, class_name="3K"))
        session.add(Guardian(id="g-own", name=f"Ann {LAST}", email="ann@brackwindle.example"))
        session.add(Guardian(id="g-both", name="Jo Quince", email="jo@quince.example"))
        session.flush()
        for guardian, pupil in (("g-own", CHILD), ("g-both", CHILD), ("g-both", "p1")):
            session.add(
                Guardianship(
                    guardian_id=guardian, pupil_id=pupil, recorded_at=now, recorded_by="office"
                )
            )
        for key, guardian, name in (
            ("u-own", "g-own", f"Ann {LAST}"), ("u-both", "g-both", "Jo Quince")
        ):  # fmt: skip
            session.add(
                User(id=key, email=f"{key}@home.example", display_name=name,
                     role="parent", password_hash="-", guardian_id=guardian)
            )  # fmt: skip
        session.add(
            Invitation(token_sha256="0", guardian_id="g-own", made_by="office", made_at=now,
                       expires_at=now)
        )  # fmt: skip
        session.add(
            Protection(pupil_id=CHILD, protected=False, reason=f"{NAME} moved", recorded_at=now,
                       recorded_by="office")
        )  # fmt: skip
        session.add(
            BiometricConsent(person_id=CHILD, given_by=f"Ann {LAST}", given_on=date(2026, 9, 1),
                             recorded_at=now, recorded_by="office")
        )  # fmt: skip
        session.add(
            ReferenceFace(person_id=CHILD, picture=cipher.encrypt(b"x"), digest="1", added_at=now)
        )
        session.add(
            FaceTemplate(person_id=CHILD, engine="toy", engine_version="1", vector=b"-",
                         reference_count=1, made_at=now)
        )  # fmt: skip
        session.add(
            ImportDraft(id="d", name="roll.csv", content=cipher.encrypt(NAME.encode()),
                        columns={}, added_at=now, added_by="office")
        )  # fmt: skip
        add_form(
            session, cipher, CHILD, f"{LAST}.pdf", b"%PDF-" + NAME.encode(), added_by="office",
            now=now, record=lambda *event: None,
        )  # fmt: skip
        session.add(
            ChangeRequest(kind="lift", subject=CHILD, before={"of": CHILD}, after={"name": NAME},
                          why=NAME, proposed_by="office", proposed_at=now)
        )  # fmt: skip
    for pupil in (CHILD, "p1"):
        desk.consent(pupil, Decision.YES)
    return CHILD


@pytest.fixture
def live_post(desk, child, a_face):
    (post_id,) = desk.approved(faces=(a_face(child), a_face("p1", left=200)))
    Publisher(desk.school, desk.open_channel, "worker").publish_due()
    assert desk.post(post_id).state == "live"
    with desk.school.database.write() as session:
        (photo,) = photos_of(session, desk.post(post_id).submission_id)
        session.add(
            FaceWord(photo_id=photo.id, clean_sha256=photo.clean_sha256, box=[1, 2, 3, 4],
                     person_id=child, said_by="head", said_at=desk.clock())
        )  # fmt: skip
        session.add(
            Objection(submission_id=photo.submission_id, post_id=post_id, by="u-own",
                      at=desk.clock(), words=desk.school.cipher.encrypt(NAME.encode()))
        )  # fmt: skip
    return post_id


def ask(desk, who="office", typed=NAME, child=CHILD):
    with desk.school.database.write() as session:
        return ask_to_erase(desk.school, session, desk.user(session, who), child, typed)


def finish(desk):
    return finish_erasures(desk.school)


def remove(desk):
    Remover(desk.school, desk.open_channel).remove_due()


def folder_of(desk):
    return Path(desk.school.database.engine.url.database).parent


def everything_in_tables(desk):
    """Every value of every table but the audit log, as text; what is encrypted is opened."""
    told = []
    with desk.school.database.read() as session:
        for table in SQLModel.metadata.sorted_tables:
            if table.name == "audit_event":
                continue
            for row in session.connection().execute(text(f'SELECT * FROM "{table.name}"')):
                for value in row:
                    if isinstance(value, bytes):
                        try:
                            value = desk.school.cipher.decrypt(value)
                        except Exception:
                            value = b""
                    told.append(str(value))
    return "\n".join(told)


def test_nothing_is_left_in_any_table_or_file(desk, live_post, a_face):
    # In what is about others: thought of as a look-alike, named in a caption that was rejected.
    other = desk.submit(caption="Pupils at the fair.", data=None)
    desk.judge(other, (a_face("p2"),))
    with desk.school.database.write() as session:
        (photo,) = photos_of(session, other)
        photo.faces = [{**photo.faces[0], "candidates": [{"person_id": CHILD, "distance": 0.5}]}]
    named = desk.submit(caption=f"Well done {NAME}!")
    desk.judge(named)
    assert LAST in everything_in_tables(desk)

    ask(desk)
    assert finish(desk) == 0, "a post is still up"
    assert desk.post(live_post).state == "removing"
    remove(desk)
    assert finish(desk) == 1

    told = everything_in_tables(desk)
    for word in (CHILD, FIRST, LAST, "ann@", "u-own@home"):
        assert word not in told, word
    desk.school.database.close()
    for path in folder_of(desk).rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for word in (FIRST, LAST):
                assert word.encode() not in data, (path, word)
    assert desk.audit_is_whole()


def test_why_a_post_came_down_goes_too(desk, live_post):
    with desk.school.database.write() as session:
        post, head = session.get_one(Post, live_post), desk.user(session, "head")
        take_down(desk.school, session, head, post, f"{NAME} was upset.")
    remove(desk)
    ask(desk)
    assert finish(desk) == 1
    assert FIRST not in everything_in_tables(desk)
    assert desk.post(live_post).removal_reason == EMPTIED


def test_others_keep_what_is_theirs(desk, live_post):
    bystander = desk.submit(caption="Pupils at the fair.")
    desk.judge(bystander)
    ask(desk)
    remove(desk)
    finish(desk)
    with desk.school.database.read() as session:
        assert session.get(Pupil, "p1") is not None
        assert session.get(Guardian, "g-both").name == "Jo Quince"
        assert session.get(User, "u-both").active
        assert session.get(Guardian, "g-own") is None
        closed = session.get_one(User, "u-own")
        assert (closed.active, closed.display_name) == (False, "Erased")
        assert session.get_one(Submission, bystander).caption == "Pupils at the fair."
        assert session.get(SubmissionPhoto, photos_of(session, bystander)[0].id) is not None
        assert session.get_one(Submission, desk.post(live_post).submission_id).state == "discarded"
        assert not session.exec(select(Withdrawal)).all()


def test_what_cannot_be_erased_is_named(desk, child):
    incident = Incident(
        kind="by hand", opened_by="head", opened_at=desk.clock(), evidence=[],
        happened=desk.school.cipher.encrypt(f"{NAME} was named.".encode()),
    )  # fmt: skip
    with desk.school.database.write() as session:
        session.add(incident)
    ask(desk)
    assert finish(desk) == 1
    with desk.school.database.read() as session:
        (found,) = leftovers(desk.school, session, CHILD, [NAME])
        (event,) = session.exec(select(AuditEvent).where(AuditEvent.kind == "erasure.done"))
    assert (found.table, found.count) == ("incident", 1)
    assert json.loads(event.data)["left"] == ["incident"]


@pytest.mark.parametrize("typed", ["", "Thessalonike", "Thessalonike Brackwindl", CHILD])
def test_another_name_erases_nobody(desk, child, typed):
    with pytest.raises(CannotErase, match=f"Type the name as it stands here: {NAME}"):
        ask(desk, typed=typed)
    with desk.school.database.read() as session:
        assert not session.exec(select(Erasure)).all()


@pytest.mark.parametrize("typed", [NAME, f"  {NAME.upper()} "])
def test_the_name_counts_and_not_its_spelling_in_capitals(desk, child, typed):
    assert ask(desk, typed=typed).pupil_id == child
    assert ask(desk, typed=typed).id == ask(desk, typed=typed).id


@pytest.mark.parametrize("who", ["teacher", "coordinator", "head"])
def test_only_the_office_erases(desk, child, who):
    with pytest.raises(NotAllowed):
        ask(desk, who=who)
    with pytest.raises(CannotErase, match="no such child"):
        ask(desk, child="nobody")


def test_it_waits_for_a_check_and_for_incident_mode(desk, child, a_face):
    submission_id = desk.submit()
    desk.judge(submission_id, (a_face(child), a_face("p1", left=200)))
    with desk.school.database.write() as session:
        session.get_one(Submission, submission_id).state = "checking"
    ask(desk)
    with desk.school.database.read() as session:
        assert still_up(session, child) == 1
    assert finish(desk) == 0
    incident = Incident(kind="x", opened_by="head", opened_at=desk.clock(), evidence=[])
    with desk.school.database.write() as session:
        session.get_one(Submission, submission_id).state = "waiting"
        session.add(incident)
        session.flush()
        freeze = Freeze(incident_id=incident.id, begun_by="head", begun_at=desk.clock())
        session.add(freeze)
    assert finish(desk) == 0
    with desk.school.database.write() as session:
        session.get_one(Freeze, freeze.id).lifted_at = desk.clock()
    assert finish(desk) == 1
    assert desk.state_of(submission_id) == "discarded"


def test_a_removal_that_does_not_hold_holds_the_erasure_up(desk, live_post, model_channel):
    desk.channels["website"] = model_channel()
    with desk.school.database.write() as session:
        post = session.get_one(Post, live_post)
        desk.channels["website"].up[post.remote_id] = (None, ())
    desk.channels["website"].faults = ["stays", "stays", ""]
    ask(desk)
    for expected in (0, 0, 1):
        remove(desk)
        assert finish(desk) == expected
        desk.clock.forward(hours=2)


def old_copy():
    return FolderContents(
        roll=(
            RollRow(CHILD, FIRST, "", LAST, "", "3K", "3"),
            *(RollRow(f"p{n}", f"Quillon{n}", "", "Xanthery", "", "3K", "3") for n in range(1, 5)),
        ),
        staff=(),
        consents=(
            ConsentRow(CHILD, Use.WEBSITE, "group", Decision.YES, "mother", date(2026, 9, 1)),
        ),
        biometric=(),
    )


def imported(desk):
    with desk.school.database.write() as session:
        report = import_folder(
            session, old_copy(), recorded_by="office", now=desk.clock(),
            record=lambda *event: None, confirm_removals=True,
        )  # fmt: skip
        return report.erased, session.get(Pupil, CHILD) is not None


def test_an_old_copy_of_the_register_does_not_bring_the_child_back(desk, child):
    ask(desk)
    finish(desk)
    assert imported(desk) == (1, False)
    with desk.school.database.write() as session, pytest.raises(ValueError, match="was erased"):
        add_pupil(session, old_copy().roll[0], record=lambda *event: None)
    with desk.school.database.write() as session:
        readmit(session, CHILD, record=lambda *event: None)
    assert imported(desk) == (0, True)
    with desk.school.database.write() as session, pytest.raises(UnknownPerson):
        readmit(session, CHILD, record=lambda *event: None)


def test_a_look_alike_is_forgotten_and_the_face_stays(desk, child, a_face):
    submission_id = desk.submit()
    seen = replace(a_face("p1"), candidates=(Candidate(CHILD, 0.4), Candidate("p1", 0.3)))
    desk.judge(submission_id, (seen,))
    ask(desk)
    finish(desk)
    with desk.school.database.read() as session:
        (photo,) = photos_of(session, submission_id)
    assert [one["person_id"] for one in photo.faces[0]["candidates"]] == ["p1"]
    assert photo.faces[0]["matched"] == "p1"
