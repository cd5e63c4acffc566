"""A school without recognition, with the real face search: people say who is in the picture."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import select

from gatekeeper.composition import open_school
from gatekeeper.demo.vectors import SCHOOL
from gatekeeper.keys import make_key_file
from gatekeeper.register_import import import_register
from gatekeeper.settings import Settings
from gatekeeper.signin import add_user
from gatekeeper.worker import make_checker
from gatekeeper_consent.models import FaceTemplate, ReferenceFace
from gatekeeper_detectors.faces.search import FacePool
from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.values import CHECKLIST
from gatekeeper_queue.face_words import Word, claim_who, say_who
from gatekeeper_queue.models import Post, PostPerson, Submission, User
from gatekeeper_queue.people import Role
from gatekeeper_queue.recognition import Safeguards, record_safeguards
from gatekeeper_queue.records import findings_from_json, photo_from_row
from gatekeeper_queue.review import CannotReview, approve
from gatekeeper_queue.submissions import Content, NewPhoto, photos_of, submit
from gatekeeper_queue.verdicts import judgements_of, newest_verdict

PUPILS = ("p12", "p16")
"""Who is in the photo, from left to right."""


@pytest.fixture
def school(tmp_path):
    """The safeguards are on record, and its policy wants no recognition all the same."""
    settings = Settings(data=tmp_path / "data", policy=Path("no-recognition"))
    make_key_file(settings)
    opened = open_school(settings)
    with opened.database.write() as session:
        facts = Safeguards(date(2026, 1, 1), "Morgan Vale", date(2026, 1, 1))
        record_safeguards(opened, session, facts, by="test")
        for name, role in (("author", Role.TEACHER), ("reviewer", Role.COORDINATOR)):
            add_user(
                opened, session, actor="test", email=f"{name}@school.example", name=name,
                role=role, password="long enough", trained_on=opened.today(),
                aup_signed_on=opened.today(),
            )  # fmt: skip
    yield opened
    opened.database.close()


def small(name: str) -> bytes:
    out = io.BytesIO()
    with Image.open(SCHOOL / "photos" / name) as picture:
        picture.thumbnail((800, 800))
        picture.save(out, "JPEG")
    return out.getvalue()


def user(session, name):
    return session.exec(select(User).where(User.display_name == name)).one()


def outcome(school, submission_id):
    """The state, and the rules that object."""
    with school.database.read() as session:
        row = session.get_one(Submission, submission_id)
        findings = [
            finding
            for judged in judgements_of(session, row).values()
            for finding in findings_from_json(judged.findings)
        ]
    return row.state, {one.rule for one in findings if one.action is not Action.NOTE}


def name_faces(school, submission_id, act, who, *people):
    with school.database.write() as session:
        (row,) = photos_of(session, submission_id)
        faces = sorted(photo_from_row(row).faces, key=lambda face: face.box.left)
        words = [Word(row.id, face.box, person) for face, person in zip(faces, people, strict=True)]
        act(school, session, user(session, who), session.get_one(Submission, submission_id), words)


def test_the_author_names_the_faces_a_second_person_confirms_and_consent_is_checked(school):
    imported = import_register(school, SCHOOL, actor="test")
    assert any("works without face recognition" in line for line in imported.lines)
    content = Content("Year 5 pupils at work.", ("website",), "5K", confirmed=CHECKLIST)
    with school.database.write() as session:
        photo = NewPhoto("group_38.jpg", small("group_38.jpg"), "Two pupils.")
        submission_id = submit(school, session, user(session, "author"), content, [photo]).id
    with FacePool(1, 60) as pool:
        checker = make_checker(school, pool, "w", lambda name: None)
        checker.check_next()
        assert outcome(school, submission_id) == ("flagged", {"unknown-face"})

        # p27 may not be shown on the website: the author's word is enough to stop it.
        name_faces(school, submission_id, claim_who, "author", PUPILS[0], "p27")
        checker.check_next()
        assert outcome(school, submission_id) == ("rejected", {"unconsented-face", "unknown-face"})

        name_faces(school, submission_id, claim_who, "author", *PUPILS)
        checker.check_next()
        assert outcome(school, submission_id) == ("flagged", {"unknown-face"})
        with pytest.raises(CannotReview), school.database.write() as session:
            row = session.get_one(Submission, submission_id)
            seen = newest_verdict(session, row)
            approve(school, session, user(session, "reviewer"), row, seen)

        name_faces(school, submission_id, say_who, "reviewer", *PUPILS)
        checker.check_next()
        assert outcome(school, submission_id) == ("clear", set())
    with school.database.write() as session:
        row = session.get_one(Submission, submission_id)
        approve(school, session, user(session, "reviewer"), row, newest_verdict(session, row))
        (post,) = session.exec(select(Post)).all()
        people = session.exec(select(PostPerson.person_id).where(PostPerson.post_id == post.id))
        assert sorted(people) == list(PUPILS)
        (photo_row,) = photos_of(session, submission_id)
        assert all(not face["candidates"] and not face["matched"] for face in photo_row.faces)
        assert not session.exec(select(ReferenceFace)).all()
        assert not session.exec(select(FaceTemplate)).all()
