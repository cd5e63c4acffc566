"""Covering makes a new version that is judged anew, and can be taken back."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from sqlmodel import select

from gatekeeper_detectors.faces.recognise import SeenFace
from gatekeeper_detectors.faces.search import Study
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.pictures.cover import PATCH, head_around, words_around
from gatekeeper_detectors.values import Box, Writing
from gatekeeper_queue.checking import Checker
from gatekeeper_queue.covering import cover, patches_on, uncover
from gatekeeper_queue.face_words import Word, say_who
from gatekeeper_queue.looking import Looker
from gatekeeper_queue.models import AuditEvent, FaceWord, Submission
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.register_view import EngineId
from gatekeeper_queue.submissions import BadSubmission, photos_of

FACE, OTHER = Box(40, 60, 100, 130), Box(200, 60, 260, 130)
LINE = Writing(Box(20, 200, 120, 220), "Room 12", 0.99)


class Finds:
    """Finds the two faces where no patch lies, and always the same words."""

    def search(self, jpeg):
        picture = Image.open(io.BytesIO(jpeg))
        return tuple(
            SeenFace(box, 0.9, ("centerface",))
            for box in (FACE, OTHER)
            if any(
                abs(have - patch) > 12
                for have, patch in zip(picture.getpixel(box[:2]), PATCH, strict=True)
            )
        )

    def study(self, jpeg):
        return Study((LINE,))


@pytest.fixture
def checked(desk):
    """A flagged submission with two unknown faces and a line of words."""
    submission_id = desk.submit()
    check(desk)
    assert desk.state_of(submission_id) == "flagged"
    return submission_id


def check(desk, finds=None):
    engine = EngineId("dlib", "1")
    assert Checker(desk.school, finds or Finds(), engine, Thresholds(), "w1").check_next()


def act(desk, submission_id, who, do, *boxes):
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, submission_id)
        photo = photos_of(session, submission_id)[0]
        chosen = [{photo.id: list(boxes)}] if do is cover else []
        do(desk.school, session, desk.user(session, who), submission, *chosen)


def stored(desk, submission_id):
    with desk.school.database.read() as session:
        row = photos_of(session, submission_id)[0]
        return session.get_one(Submission, submission_id), row


def test_the_author_covers_what_nobody_knows_and_it_is_clear(desk, checked):
    before = stored(desk, checked)[1]
    act(desk, checked, "teacher", cover, FACE, OTHER)
    submission, row = stored(desk, checked)
    assert (submission.state, submission.version, row.faces) == ("waiting", 2, None)
    check(desk)
    submission, row = stored(desk, checked)
    assert (submission.state, row.faces) == ("approved", [])
    assert row.clean_sha256 != before.clean_sha256
    assert row.original_sha256 == before.original_sha256
    assert row.patches == [list(head_around(FACE)), list(head_around(OTHER))]
    assert desk.audit_is_whole()


def test_words_can_be_covered(desk, checked):
    act(desk, checked, "teacher", cover, LINE.box)
    assert stored(desk, checked)[1].patches == [list(words_around(LINE.box))]


def test_a_reviewer_may_cover_and_then_has_the_last_word(desk, checked):
    act(desk, checked, "coordinator", cover, FACE, OTHER)
    check(desk)
    assert desk.state_of(checked) == "clear"


def test_covers_come_off_again(desk, checked):
    clean = stored(desk, checked)[1].clean_sha256
    act(desk, checked, "teacher", cover, FACE)
    check(desk)
    act(desk, checked, "teacher", cover, OTHER)
    check(desk)
    assert len(stored(desk, checked)[1].patches) == 2
    act(desk, checked, "teacher", uncover)
    check(desk)
    submission, row = stored(desk, checked)
    assert (submission.state, row.patches, row.clean_sha256) == ("flagged", [], clean)


def test_who_a_face_is_stays_known_when_another_is_covered(desk, checked):
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, checked)
        photo = photos_of(session, checked)[0]
        word = Word(photo.id, OTHER, "nobody")
        say_who(desk.school, session, desk.user(session, "coordinator"), submission, [word])
    check(desk)
    act(desk, checked, "teacher", cover, FACE)
    check(desk)
    row = stored(desk, checked)[1]
    assert [face["said"] for face in row.faces] == ["nobody"]


@pytest.mark.parametrize(
    ("who", "boxes", "error", "words"),
    [
        ("teacher", [], BadSubmission, "at least one"),
        ("teacher", [Box(0, 0, 5, 5)], BadSubmission, "has changed"),
        ("other teacher", [FACE], NotAllowed, None),
    ],
)
def test_what_cannot_be_covered(desk, checked, who, boxes, error, words):
    with pytest.raises(error, match=words):
        act(desk, checked, who, cover, *boxes)
    submission, row = stored(desk, checked)
    assert (submission.version, row.patches) == (1, [])


def test_what_was_said_of_a_patch_is_forgotten_with_it(desk, checked):
    act(desk, checked, "teacher", cover, FACE)
    with desk.school.database.write() as session:
        photo = photos_of(session, checked)[0]
        word = {"photo_id": photo.id, "clean_sha256": "", "box": list(FACE)}
        someone = desk.people["coordinator"]
        session.add(FaceWord(**word, person_id="nobody", said_by=someone, said_at=desk.clock()))
    check(desk)
    act(desk, checked, "teacher", uncover)
    check(desk)
    assert [face["said"] for face in stored(desk, checked)[1].faces] == ["", ""]


class LosesTheOther(Finds):
    """A patch beside a face puts the machine off, though people can still see it."""

    def search(self, jpeg):
        found = super().search(jpeg)
        return found if len(found) == 2 else ()


def test_a_face_that_a_patch_beside_it_hides_from_the_machine_is_not_forgotten(desk, checked):
    act(desk, checked, "teacher", cover, FACE)
    check(desk, LosesTheOther())
    submission, row = stored(desk, checked)
    assert submission.state == "flagged"
    (face,) = row.faces
    assert (face["box"], face["unfit"]) == (list(OTHER), "partly covered")


def test_patches_follow_a_picture_in_another_size(desk, checked):
    act(desk, checked, "teacher", cover, FACE)
    row = stored(desk, checked)[1]
    assert patches_on(row, row.patched_width * 2) == [head_around(FACE).scaled(2)]


def test_a_late_worker_writes_nothing_of_the_old_covers(desk, checked):
    before = stored(desk, checked)[1]
    act(desk, checked, "teacher", cover, FACE)
    late = Looker(desk.school, Finds())
    late._save(before, "clean_sha256", "words")
    row = stored(desk, checked)[1]
    assert (row.clean_sha256, row.words) == (None, None)


def test_covers_are_on_record(desk, checked):
    act(desk, checked, "coordinator", cover, FACE)
    with desk.school.database.read() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.kind == "photo.covered")).one()
    assert event.actor == desk.people["coordinator"]
    assert str(head_around(FACE).left) in event.data


def test_nothing_to_take_off(desk, checked):
    with pytest.raises(BadSubmission, match="Nothing is covered"):
        act(desk, checked, "teacher", uncover)


def test_not_while_it_is_being_checked(desk):
    submission_id = desk.submit()
    with pytest.raises(BadSubmission, match="Wait until the check is done"):
        act(desk, submission_id, "teacher", cover, FACE)


def test_an_approval_does_not_outlive_covers(desk, checked):
    act(desk, checked, "teacher", cover, FACE, OTHER)
    check(desk)
    assert desk.state_of(checked) == "approved"
    act(desk, checked, "teacher", uncover)
    check(desk)
    assert desk.state_of(checked) == "flagged"
    with desk.school.database.read() as session:
        from gatekeeper_queue.approvals import standing_approvals

        assert standing_approvals(session, session.get_one(Submission, checked)) == {}
