"""A reviewer compares a face with the reference pictures of those whom it may be."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select

from gatekeeper.demo.vectors import SCHOOL
from gatekeeper_consent.biometric import give_biometric, set_child_refusal, withdraw_biometric
from gatekeeper_consent.models import Pupil, ReferenceFace
from gatekeeper_detectors.faces.search import FacePool, SearchFailed
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.values import NOBODY, Box, Candidate, Face
from gatekeeper_queue.audit import AuditLog
from gatekeeper_queue.models import AuditEvent, FaceWord, Meta, Submission, SubmissionPhoto
from gatekeeper_queue.records import faces_to_json

BOX = Box(40, 30, 90, 90)
FOUND = Finding("unknown-face", Action.FLAG, "Who is this?", "Say who.", ("P01",), 0, BOX)
LIKE_POPPY = (Candidate("p1", 0.41), Candidate("p3", 0.55))
POPPY = "/review/one/reference/p1.jpg"


class Finder:
    """Stands for the search in a child process, where only where the face lies matters."""

    def __init__(self, box: Box | None = None, fails: bool = False) -> None:
        self.box, self.fails, self.asked = box, fails, 0

    def find_portrait(self, jpeg: bytes) -> Box | None:
        self.asked += 1
        if self.fails:
            raise SearchFailed("it broke off")
        return self.box


def portrait(colour: str = "teal", size: tuple[int, int] = (400, 600)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def learn(town: Any, person: str, picture: bytes | None = None) -> None:
    """Consent, and one reference picture under it."""
    data = picture or portrait()
    with town.school.database.write() as session:
        give_biometric(
            session,
            person,
            given_by="mother",
            given_on=date(2025, 9, 3),
            recorded_by="office",
            now=town.time.now,
            record=partial(town.school.audit.append, session, "office"),
        )
        session.add(
            ReferenceFace(
                person_id=person,
                picture=town.school.cipher.encrypt(data),
                digest=f"{person}-{len(data)}",
                added_at=town.time.now,
            )
        )


@pytest.fixture
def shown(town: Any) -> Any:
    """Poppy (p1) and Mr Ashdown are learnt and resembled, Emeka (p3) is resembled only, and
    Zoë (p2) is learnt only."""
    town.app.state.faces = Finder(Box(100, 100, 200, 220))
    for person in ("p1", "p2", "s1"):
        learn(town, person)
    face = Face(BOX, 0.9, candidates=(*LIKE_POPPY, Candidate("s1", 0.58)))
    town.submission("one", "flagged", faces=[face], findings=[FOUND])
    town.submission("two", "flagged", faces=[Face(BOX, 0.9, candidates=(Candidate("p2", 0.4),))])
    return town


def status(town: Any, role: str | None, path: str = POPPY) -> int:
    return int(town.client(role).get(path).status_code)


def compared(town: Any) -> list[tuple[str, str, list[str]]]:
    with town.school.database.read() as session:
        query = select(AuditEvent).where(AuditEvent.kind == "references.compared")
        return [
            (event.actor, event.subject, json.loads(event.data)["people"])
            for event in session.exec(query)
        ]


def test_the_reference_stands_beside_its_candidate(shown: Any) -> None:
    html = shown.client("head").get("/review/one").text
    assert f'<img class="reference" src="{POPPY}"' in html
    assert "/review/one/reference/s1.jpg" in html
    assert "reference/p3.jpg" not in html  # no consent, so no picture
    assert "Emeka Lane" in html
    assert compared(shown) == []  # the page alone shows none
    answer = shown.client("head").get(POPPY)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    assert Image.open(io.BytesIO(answer.content)).size == (240, 240)


def test_a_face_that_resembles_nobody_with_a_picture_is_asked_for_in_words(shown: Any) -> None:
    only_emeka = Face(Box(140, 30, 190, 90), 0.9, candidates=(Candidate("p3", 0.5),))
    both = [Face(BOX, 0.9, candidates=LIKE_POPPY), only_emeka]
    shown.submission("both", "flagged", faces=both, findings=[FOUND])
    html = shown.client("head").get("/review/both").text
    assert html.count('class="line-up"') == 1
    assert html.count('class="reference none"') == 1  # Emeka, beside Poppy
    assert html.count("<span>Emeka Lane") == 2


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("coordinator", 200),
        ("head", 200),
        ("teacher", 404),  # its author
        ("office", 404),
        ("governor", 404),
        ("technician", 404),
        ("parent", 404),
        (None, 303),
    ],
)
def test_only_who_reviews_the_item_sees_it(shown: Any, role: str | None, expected: int) -> None:
    assert status(shown, role) == expected
    assert bool(compared(shown)) == (expected == 200)


def test_nobody_sees_it_beside_their_own_submission(shown: Any) -> None:
    face = Face(BOX, 0.9, candidates=LIKE_POPPY)
    shown.submission("mine", "flagged", faces=[face], findings=[FOUND], author="head")
    path = "/review/mine/reference/p1.jpg"
    assert (status(shown, "head", path), status(shown, "coordinator", path)) == (404, 200)


@pytest.mark.parametrize(
    "path",
    [
        "/review/one/reference/p2.jpg",  # a candidate of another item
        "/review/two/reference/p1.jpg",
        "/review/one/reference/p3.jpg",  # a candidate without consent
        "/review/one/reference/nobody.jpg",
        "/review/one/reference/p99.jpg",
        "/review/none/reference/p1.jpg",
    ],
)
def test_of_anybody_else_there_is_none(shown: Any, path: str) -> None:
    assert status(shown, "coordinator", path) == 404
    assert compared(shown) == []


def change_consent(town: Any, change: Any, *arguments: Any, **more: Any) -> None:
    with town.school.database.write() as session:
        record = partial(town.school.audit.append, session, "office")
        change(session, "p1", *arguments, recorded_by="office", now=town.time.now, record=record,
               **more)  # fmt: skip


def withdraw(town: Any) -> None:
    change_consent(town, withdraw_biometric, given_by="mother", on=date(2025, 11, 24))


def refuse(town: Any) -> None:
    change_consent(town, set_child_refusal, True)


def keep_the_picture_without_leave(town: Any) -> None:
    """What must not be there, and is not shown where it is."""
    with town.school.database.read() as session:
        row = session.exec(select(ReferenceFace).where(ReferenceFace.person_id == "p1")).one()
        picture = row.picture
    withdraw(town)
    now = town.time.now
    town.add(ReferenceFace(person_id="p1", picture=picture, digest="d", added_at=now))


def leave(town: Any) -> None:
    pupil = town.get(Pupil, "p1")
    pupil.left_on = date(2025, 11, 1)
    town.add(pupil)


def lock(town: Any) -> None:
    with town.school.database.write() as session:
        session.delete(session.get_one(Meta, "recognition"))


def close(town: Any) -> None:
    row = town.get(Submission, "one")
    row.state = "approved"
    town.add(row)


@pytest.mark.parametrize(
    "how", [withdraw, refuse, keep_the_picture_without_leave, leave, lock, close]
)
def test_what_takes_leave_away_takes_the_picture_away(shown: Any, how: Any) -> None:
    assert status(shown, "head") == 200
    how(shown)
    assert status(shown, "head") == 404
    assert POPPY not in shown.client("head").get("/review/one").text


def test_a_face_that_is_covered_or_changed_shows_its_old_candidates_no_more(shown: Any) -> None:
    photo = shown.get(SubmissionPhoto, "photo-one")
    photo.faces = faces_to_json([Face(BOX, 0.9, candidates=(Candidate("s1", 0.4),))])
    shown.add(photo)
    assert status(shown, "head") == 404
    assert status(shown, "head", "/review/one/reference/s1.jpg") == 200


@pytest.mark.parametrize(("who", "expected"), [("teacher", 200), ("coordinator", 404)])
def test_whom_the_author_named_is_compared_also_when_it_was_taken_back(
    shown: Any, who: str, expected: int
) -> None:
    """What a reviewer says offers nobody: else each could look at whomever they like."""
    sha256 = photo_digest(shown)
    shown.add(word(shown, sha256, "p2", who), word(shown, sha256, NOBODY, who))
    assert status(shown, "head", "/review/one/reference/p2.jpg") == expected


def test_a_word_on_another_picture_or_box_shows_nobody(shown: Any) -> None:
    sha256 = photo_digest(shown)
    shown.add(word(shown, "0" * 64, "p2", "teacher"))
    shown.add(word(shown, sha256, "p2", "teacher", Box(1, 2, 30, 40)))
    assert status(shown, "head", "/review/one/reference/p2.jpg") == 404


def photo_digest(town: Any) -> str:
    return str(town.get(SubmissionPhoto, "photo-one").clean_sha256)


def word(town: Any, sha256: str, person: str, said_by: str, box: Box = BOX) -> FaceWord:
    return FaceWord(
        photo_id="photo-one",
        clean_sha256=sha256,
        box=list(box),
        person_id=person,
        said_by=said_by,
        said_at=town.time.now,
    )


def test_a_look_is_on_record_once_for_the_page_and_not_for_each_picture(shown: Any) -> None:
    head = shown.client("head")
    for _ in range(3):
        for person in ("p1", "s1"):
            assert head.get(f"/review/one/reference/{person}.jpg").status_code == 200
    assert compared(shown) == [("head", "one", ["p1", "s1"])]
    status(shown, "coordinator")  # somebody else's look is another one
    status(shown, "head", "/review/two/reference/p2.jpg")  # and so is one at another item
    assert compared(shown)[1:] == [("coordinator", "one", ["p1", "s1"]), ("head", "two", ["p2"])]
    shown.time.now += timedelta(hours=11, minutes=59)
    status(shown, "head")
    assert len(compared(shown)) == 3
    shown.time.now += timedelta(minutes=2)
    status(shown, "head")
    assert len(compared(shown)) == 4
    page = shown.client("head").get("/activity").text
    assert "compared faces with the reference pictures" in page


def test_somebody_who_is_resembled_since_is_on_record_too(shown: Any) -> None:
    assert status(shown, "head") == 200
    learn(shown, "p3")
    assert status(shown, "head", "/review/one/reference/p3.jpg") == 200
    assert [people for _, _, people in compared(shown)] == [["p1", "s1"], ["p1", "p3", "s1"]]


def test_what_cannot_be_put_on_record_is_not_shown(shown: Any, monkeypatch: Any) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError("the disk is full")

    head = shown.client("head")
    monkeypatch.setattr(AuditLog, "append", full)
    answer = head.get(POPPY)
    assert answer.status_code >= 400
    assert not answer.content.startswith(b"\xff\xd8")


def test_the_newest_picture_is_shown_and_only_the_face_of_it(shown: Any) -> None:
    picture = Image.new("RGB", (400, 600), "teal")
    picture.paste("red", (100, 100, 200, 220))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    learn(shown, "p1", out.getvalue())
    small = Image.open(io.BytesIO(shown.client("head").get(POPPY).content))
    red = [small.getpixel((x, 120))[0] > 200 for x in range(240)]
    assert red[120]
    assert not red[5]
    assert not red[235]
    assert 90 <= sum(red) <= 110  # the face is 100 of the 240 pixels of the square


@pytest.mark.parametrize("finder", [Finder(None), Finder(fails=True)], ids=["none", "failed"])
def test_without_a_face_the_middle_of_the_picture_is_shown(shown: Any, finder: Finder) -> None:
    shown.app.state.faces = finder
    for _ in range(2):
        assert status(shown, "head") == 200
    # A search that failed is tried again; one that ended is not.
    assert finder.asked == (2 if finder.fails else 1)


def test_a_picture_that_browsers_cannot_show_is_not_there(shown: Any) -> None:
    learn(shown, "p1", b"not a picture")
    assert status(shown, "head") == 404


def test_a_photo_that_lies_on_its_side_is_turned(shown: Any) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.new("RGB", (600, 400), "teal")
    picture.paste("red", (0, 0, 300, 400))  # the left half, which is the upper one when turned
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    shown.app.state.faces = Finder(None)
    learn(shown, "p1", out.getvalue())
    small = Image.open(io.BytesIO(shown.client("head").get(POPPY).content))
    assert small.getpixel((120, 20))[0] > 200
    assert small.getpixel((120, 220))[0] < 50
    assert not small.getexif()


@pytest.fixture(scope="module")
def pool() -> Iterator[FacePool]:
    with FacePool(1, 60) as made:
        yield made


def test_the_real_search_finds_the_face_of_a_portrait(shown: Any, pool: FacePool) -> None:
    path = sorted((SCHOOL / "faces" / "p16").glob("*.jpg"))[0]
    assert pool.find_portrait(portrait()) is None
    box = pool.find_portrait(path.read_bytes())
    assert box is not None
    assert box.overlap(Box(155, 111, 341, 310)) > 0.3
    shown.app.state.faces = pool
    learn(shown, "p1", path.read_bytes())
    assert status(shown, "head") == 200
