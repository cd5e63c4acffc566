"""The sample school is whole, and its pictures tell the stories that its README promises."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from gatekeeper_detectors.faces.engine import default_engine
from gatekeeper_detectors.faces.enrol import make_template
from gatekeeper_detectors.faces.recognise import recognise
from gatekeeper_detectors.faces.search import encode_reference, search
from gatekeeper_detectors.values import Answer, Decision, Pupil, Register, StaffMember, Template

Jpeg = Callable[..., bytes]
GPS, ORIENTATION = 0x8825, 0x0112
ENROLLED = ("p14", "p21", "p23", "p25", "p27", "p28", "p29", "s03")
"""Enough for the pictures below; everybody would take half a minute."""


def rows(school: Path, name: str) -> list[dict[str, str]]:
    with (school / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def people(school: Path) -> set[str]:
    pupils = {row["pupil_id"] for row in rows(school, "roll.csv")}
    return pupils | {row["staff_id"] for row in rows(school, "staff.csv")}


def test_only_those_who_agreed_have_reference_pictures(school: Path) -> None:
    agreed = {
        row["pupil_id"]
        for row in rows(school, "biometric.csv")
        if row["child_refused"] == "no" and not row["withdrawn_on"]
    }
    assert {folder.name for folder in (school / "faces").iterdir()} == agreed
    assert agreed < people(school)
    assert all(len([*(school / "faces" / who).glob("*.jpg")]) == 3 for who in agreed)


def test_the_list_of_photos_is_complete(school: Path) -> None:
    listed = rows(school, "photos.csv")
    assert [row["file"] for row in listed] == sorted(
        path.name for path in (school / "photos").iterdir()
    )
    assert {who for row in listed for who in row["people"].split()} <= people(school)


def test_there_is_something_to_strip_and_to_turn(school: Path) -> None:
    with_gps = on_their_side = 0
    for path in (school / "photos").iterdir():
        with Image.open(path) as picture:
            exif = picture.getexif()
        with_gps += bool(exif.get_ifd(GPS))
        on_their_side += exif.get(ORIENTATION) == 6
    assert with_gps >= 5
    assert on_their_side >= 1


def test_it_stays_small(school: Path) -> None:
    assert sum(path.stat().st_size for path in school.rglob("*")) < 13_000_000


@pytest.fixture(scope="session")
def register(school: Path, jpeg: Jpeg) -> Register:
    answers = {
        row["pupil_id"]: Answer.NO if row["withdrawn_on"] else Answer(row["decision"])
        for row in rows(school, "consents.csv")
        if (row["use"], row["scope"]) == ("website", "group")
    }
    pupils = tuple(
        Pupil(
            row["pupil_id"],
            row["first_name"],
            row["last_name"],
            class_name=row["class"],
            group=answers.get(row["pupil_id"], Answer.UNKNOWN),
        )
        for row in rows(school, "roll.csv")
    )
    staff = tuple(StaffMember(r["staff_id"], r["last_name"]) for r in rows(school, "staff.csv"))
    return Register(pupils, staff, tuple(enrolled(who, jpeg) for who in ENROLLED))


def enrolled(who: str, jpeg: Jpeg) -> Template:
    pictures = [jpeg(f"faces/{who}/ref_{i}.jpg") for i in (1, 2, 3)]
    return make_template(who, [encode_reference(picture).vector for picture in pictures])


@pytest.mark.parametrize(
    ("photo", "class_name", "expected"),
    [
        ("group_07", "8R", {"p28": "consented", "p21": "consented", "p25": "consented"}),
        ("group_31", "", {"p23": "consented", "p27": "not-consented"}),
        pytest.param("group_11", "", {"p29": "consented", "": "unknown"}, id="not enrolled"),
        pytest.param("group_31", "2B", {"": "unknown", "p27": "not-consented"}, id="other class"),
        pytest.param("hard_05", "8R", {"s03": "staff"}, id="staff, pupils from behind"),
        ("nopeople_05", "", {}),
    ],
)
def test_stories(
    photo: str, class_name: str, expected: dict[str, str], register: Register, jpeg: Jpeg
) -> None:
    seen = search(jpeg(f"photos/{photo}.jpg", 1200))
    faces = recognise(seen, register, class_name, default_engine().thresholds)
    assert {face.matched: face.decision(register) for face in faces} == {
        who: Decision(decision) for who, decision in expected.items()
    }
