"""The enrolment page, with the real engine in its real process and the real database."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from PIL import Image, ImageFilter
from sqlmodel import select

from gatekeeper.demo.vectors import SCHOOL
from gatekeeper.reminders import REMINDERS, remind
from gatekeeper_consent.faces import reenrolment_due
from gatekeeper_consent.models import (
    BiometricConsent,
    ConsentForm,
    FaceTemplate,
    Guardian,
    Guardianship,
    ReferenceFace,
)
from gatekeeper_detectors.faces.search import FacePool
from gatekeeper_queue.models import Meta
from gatekeeper_queue.record_models import Notice

YEAR = timedelta(days=365)
OLD = [one for one in REMINDERS if one.kind == "reenrolment-due"]


@pytest.fixture(scope="module")
def pool() -> Iterator[FacePool]:
    with FacePool(1, 60) as made:
        yield made


@pytest.fixture
def school(town: Any, pool: FacePool) -> Any:
    town.app.state.faces = pool
    return town


def portrait(number: int = 0) -> bytes:
    return sorted((SCHOOL / "faces" / "p16").glob("*.jpg"))[number].read_bytes()


def changed(work: Any) -> bytes:
    out = io.BytesIO()
    work(Image.open(io.BytesIO(portrait())).convert("RGB")).save(out, "JPEG")
    return out.getvalue()


def grey(image: Image.Image) -> Image.Image:
    return Image.new("RGB", image.size, "grey")


def blurred(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(14))


def small(image: Image.Image) -> Image.Image:
    return image.resize((image.width // 5, image.height // 5))


def agree(town: Any, person: str = "p1", **more: Any) -> Any:
    data = {"who": "family", "given_by": "mother", "answer": "yes", "on": "2025-09-03", **more}
    return town.client("office").fill_in(f"/register/{person}/faces/answer", data)


def send(town: Any, *pictures: bytes, person: str = "p1") -> Any:
    files = [
        ("pictures", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(pictures, start=1)
    ]
    return town.client("office").fill_in(f"/register/{person}/faces", files=files)


def stored(town: Any) -> tuple[int, list[int]]:
    """How many references there are, and of how many each template was made."""
    with town.school.database.read() as session:
        references = session.exec(select(ReferenceFace)).all()
        templates = session.exec(select(FaceTemplate)).all()
    return len(references), [template.reference_count for template in templates]


def files(town: Any) -> set[str]:
    root = town.settings.data
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.suffix != ".db-wal"}


def lock(town: Any) -> None:
    with town.school.database.write() as session:
        session.delete(session.get_one(Meta, "recognition"))


def test_three_pictures_are_measured_kept_and_learnt(school: Any) -> None:
    agree(school)
    html = send(school, portrait(0), portrait(1), portrait(2)).text
    assert html.count("is kept. The face is large") == 3
    assert stored(school) == (3, [3])
    assert "The machine knows this face." in html
    # The same once more changes nothing.
    assert "was kept before" in send(school, portrait(0)).text
    assert stored(school) == (3, [3])
    with school.school.database.read() as session:
        rows = session.exec(select(ReferenceFace)).all()
    assert not any(b"\xff\xd8\xff" in row.picture for row in rows)  # encrypted
    picture = school.client("office").get(f"/register/p1/faces/{rows[0].id}.jpg")
    assert picture.content.startswith(b"\xff\xd8\xff")
    assert picture.headers["cache-control"] == "no-store"
    assert "looked at a reference picture of a face" in school.client("head").get("/activity").text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (changed(grey), "shows no face"),
        ((SCHOOL / "photos" / "group_38.jpg").read_bytes(), "shows 2 faces"),
        (changed(blurred), "blurred"),
        (changed(small), "small"),
        (b"not a picture", "not a usable photo"),
        (b"", "is empty"),
    ],
    ids=["nobody", "two", "blurred", "small", "text", "empty"],
)
def test_what_cannot_serve_is_refused_with_its_reason(school: Any, data: bytes, says: str) -> None:
    agree(school)
    html = send(school, data).text
    assert "was not kept" in html
    assert says in html
    assert stored(school) == (0, [])


def without_consent(town: Any) -> str:
    return "There is no consent in force"


def withdrawn(town: Any) -> str:
    agree(town)
    agree(town, answer="no")
    return "There is no consent in force"


def refused_by_the_child(town: Any) -> str:
    agree(town)
    town.client("office").fill_in("/register/p1/faces/refusal", {"refused": "yes"})
    return "There is no consent in force"


def locked(town: Any) -> str:
    agree(town)
    lock(town)
    return "locked until"


@pytest.mark.parametrize("how", [without_consent, withdrawn, refused_by_the_child, locked])
def test_nothing_is_looked_at_or_stored_without_leave(school: Any, how: Any) -> None:
    says = how(school)
    school.app.state.faces = None  # looking would fail
    before = files(school)
    response = send(school, portrait())
    assert response.status_code == 409
    assert "Nothing was stored." in response.text
    assert says in response.text
    assert stored(school) == (0, [])
    assert files(school) == before
    assert "Look at them" not in school.client("office").get("/register/p1/faces").text


@pytest.mark.parametrize("left", [2, 0])
def test_a_picture_can_be_deleted_and_the_rest_is_learnt_anew(school: Any, left: int) -> None:
    agree(school)
    send(school, *(portrait(n) for n in range(left + 1)))
    with school.school.database.read() as session:
        first = session.exec(select(ReferenceFace.id)).first()
    path = f"/register/p1/faces/{first}/delete"
    assert school.client("office").fill_in(path).status_code == 303
    assert stored(school) == (left, [left] if left else [])
    assert "gone" in school.client("office").fill_in(path).headers["location"]


def other(number: int = 0) -> bytes:
    return sorted((SCHOOL / "faces" / "p23").glob("*.jpg"))[number].read_bytes()


def test_pictures_that_were_mixed_up_are_pointed_out(school: Any) -> None:
    """Learnt under another name, a child would be taken for somebody who may be shown (G03)."""
    agree(school)
    agree(school, "p2")
    html = send(school, portrait(0), portrait(1)).text
    assert "would take" not in html
    assert "looks like none" not in html
    html = send(school, other(0), portrait(2), person="p2").text
    assert 'would take 2.jpg for <a href="/register/p1/faces">Poppy Wainscott</a> (p1)' in html
    assert html.count("would take") == 1


def test_a_picture_can_be_deleted_while_recognition_is_locked(school: Any) -> None:
    agree(school)
    send(school, portrait(0), portrait(1))
    lock(school)
    with school.school.database.read() as session:
        first = session.exec(select(ReferenceFace.id)).first()
    school.client("office").fill_in(f"/register/p1/faces/{first}/delete")
    assert stored(school) == (1, [])  # learnt anew by the worker once it is unlocked


@pytest.mark.parametrize("how", ["no", "refusal"])
def test_what_takes_leave_away_deletes_at_once(school: Any, how: str) -> None:
    agree(school)
    send(school, portrait())
    office = school.client("office")
    if how == "no":
        answer = agree(school, answer="no")
    else:
        answer = office.fill_in("/register/p1/faces/refusal", {"refused": "yes"})
    assert "purged" in answer.headers["location"]
    assert stored(school) == (0, [])
    html = office.get(answer.headers["location"]).text
    assert "is deleted" in html
    assert "From the next backup on" in html
    assert "30 days" in html


def test_any_guardians_no_counts_and_each_answer_is_shown(school: Any) -> None:
    agree(school)
    agree(school, who="g1", answer="no", on="2025-10-01")
    html = school.client("office").get("/register/p1/faces").text
    assert "Jo Wainscott (mother)" in html
    assert "no, since 1 Oct 2025" in html
    assert "There is no consent in force" in html
    with school.school.database.read() as session:
        rows = session.exec(select(BiometricConsent)).all()
    assert [row.guardian_id for row in rows] == [None, "g1"]


def test_the_signed_form_is_kept_with_the_answer(school: Any) -> None:
    data = {"who": "g1", "answer": "yes", "on": "2025-09-03"}
    scan = {"form": ("form.pdf", b"%PDF-1.4 signed", "application/pdf")}
    office = school.client("office")
    assert office.fill_in("/register/p1/faces/answer", data, files=scan).status_code == 303
    with school.school.database.read() as session:
        (form,) = session.exec(select(ConsentForm)).all()
        (row,) = session.exec(select(BiometricConsent)).all()
    assert (row.form_id, row.given_by) == (form.id, "Jo Wainscott")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answer": ""}, "yes or a no"),
        ({"on": "soon"}, "the day of the signature"),
        ({"on": "2025-11-25"}, "has not come yet"),
        ({"given_by": " "}, "Say who signed"),
        ({"who": "g99"}, "Choose whose answer"),
    ],
)
def test_an_answer_that_cannot_be_used_is_explained(school: Any, change: Any, says: str) -> None:
    response = agree(school, **change)
    assert response.status_code == 422
    assert says.lower() in response.text.lower()
    with school.school.database.read() as session:
        assert not session.exec(select(BiometricConsent)).all()


def test_staff_agree_for_themselves(school: Any) -> None:
    assert agree(school, person="s1").status_code == 303
    assert "is kept" in send(school, portrait(), person="s1").text
    html = school.client("office").get("/register/s1/faces").text
    assert "Their own answer" in html
    assert "The child" not in html
    assert school.client("office").fill_in("/register/s1/faces/refusal").status_code == 404


def test_the_pupils_page_says_it_to_the_office_alone(school: Any) -> None:
    agree(school)
    assert "Answers and pictures" in school.client("office").get("/register/p1").text
    assert "Answers and pictures" not in school.client("teacher").get("/register/p1").text


def test_after_a_year_new_pictures_are_asked_for(school: Any) -> None:
    agree(school)
    agree(school, person="s1")
    send(school, portrait(), person="s1")
    send(school, portrait())

    def due() -> dict[str, date]:
        with school.school.database.read() as session:
            return reenrolment_due(session, school.school.today(), YEAR)

    school.time.now += timedelta(days=364)
    assert due() == {}
    assert remind(school.school, OLD) == 0
    school.time.now += timedelta(days=1)
    assert due() == {"p1": date(2026, 11, 24), "s1": date(2026, 11, 24)}
    assert remind(school.school, OLD) == 2
    assert remind(school.school, OLD) == 0
    with school.school.database.read() as session:
        rows = session.exec(select(Notice).where(Notice.kind == "reenrolment-due"))
        told = [(row.user_id, row.subject) for row in rows]
    assert told == [("office", "p1"), ("office", "s1")]
    html = school.client("office").get("/faces").text
    assert html.count("due since 24 Nov 2026") == 3  # the staff list shows it, too
    agree(school, answer="no")
    assert set(due()) == {"s1"}
    lock(school)
    school.time.now += timedelta(days=365)
    assert remind(school.school, OLD) == 0


def test_the_safeguards_are_proposed_here_and_locked_here(town: Any) -> None:
    technician = town.client("technician")
    facts = {"assessed_on": "2025-09-01", "officer": "Sam Otter", "consulted_on": "2025-09-20"}
    wrong = technician.fill_in("/recognition", {**facts, "consulted_on": "2026-01-01", "why": "x"})
    assert wrong.status_code == 422
    assert "has not come yet" in wrong.text
    assert technician.fill_in("/recognition", facts).status_code == 409  # no reason given
    assert technician.fill_in("/recognition", {**facts, "why": "New officer."}).status_code == 303
    assert "Waits for the head" in town.client("head").get("/recognition").text
    assert "Morgan Vale" in technician.get("/recognition").text
    assert town.client("head").fill_in("/recognition", {**facts, "why": "x"}).status_code == 403
    assert town.client("head").fill_in("/recognition/lock").status_code == 303
    assert "locked until" in technician.get("/recognition").text


def test_what_is_stored_is_deleted_only_where_nobody_is_recognised(school: Any) -> None:
    agree(school)
    send(school, portrait())
    head = school.client("head")
    assert "Delete them all" not in head.get("/recognition").text
    assert head.fill_in("/recognition/delete").status_code == 409
    assert stored(school) == (1, [1])
    lock(school)
    assert "Pictures of 1 person are stored" in head.get("/recognition").text
    assert head.fill_in("/recognition/delete").status_code == 303
    assert stored(school) == (0, [])


@pytest.mark.parametrize(("who", "told"), [("family", ["parent", "father"]), ("g1", ["father"])])
def test_every_other_parent_is_told_when_one_agrees(school: Any, who: str, told: Any) -> None:
    say = {"pupil_id": "p1", "recorded_at": school.time.now, "recorded_by": "office"}
    school.add(
        Guardian(id="g2", name="Al Wainscott"),
        Guardianship(guardian_id="g2", relation="father", **say),
        Guardian(id="g3", name="No Account"),
        Guardianship(guardian_id="g3", **say),
    )
    school.person("father", "parent", guardian_id="g2")
    agree(school, who=who)
    agree(school, who=who, answer="no")  # of which nobody has to be told
    with school.school.database.read() as session:
        found = session.exec(select(Notice).where(Notice.kind == "recognition-agreed")).all()
    assert sorted(row.user_id for row in found) == sorted(told)
