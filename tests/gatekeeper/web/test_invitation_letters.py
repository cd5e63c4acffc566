"""Letters of invitation: one link for each who has none, printed as a code that a phone reads."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import cv2
import numpy as np
import pytest
from sqlmodel import select

from gatekeeper.web.invitation_letters import _MOST
from gatekeeper.web.qr import QrCode, qr_code
from gatekeeper_consent.models import Guardian, Guardianship, Pupil
from gatekeeper_queue.record_models import Invitation

LINK = re.compile(r"https://school\.test(/invitation/[\w-]+)")


def read(code: QrCode) -> str:
    """As a camera reads it from paper: it looks more than once, from a little nearer or further."""
    picture = np.full((code.size, code.size), 255, np.uint8)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", code.path):
        picture[int(y), int(x) : int(x) + int(length)] = 0
    for scale in (8, 5, 11):
        big = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
        if text := cv2.QRCodeDetector().detectAndDecode(big)[0]:
            return str(text)
    return ""


@pytest.mark.parametrize("text", ["x", "https://school.test/invitation/" + "aZ09_-" * 7])
def test_a_code_says_what_it_was_made_of(text: str) -> None:
    code = qr_code(text)
    assert read(code) == text
    assert min(int(y) for y in re.findall(r"M\d+ (\d+)h", code.path)) == 4


@pytest.fixture
def families(town: Any) -> Any:
    """Poppy's second parent, both of Zoë's and one of a child who left; Jo has an account."""
    town.add(
        Pupil(pupil_id="p9", first_name="Gone", last_name="Away", left_on=town.school.today()),
        *(Guardian(id=f"g{n}", name=f"Carer {n}") for n in (2, 3, 4, 9)),
        *(
            Guardianship(
                guardian_id=guardian, pupil_id=child, recorded_at=town.time.now, recorded_by="o"
            )
            for guardian, child in (("g2", "p1"), ("g3", "p2"), ("g4", "p2"), ("g4", "p3"),
                                    ("g9", "p9"))
        ),
    )  # fmt: skip
    return town


def letters(town: Any, class_name: str = "") -> str:
    return str(town.client("office").fill_in("/parents/letters", {"class": class_name}).text)


def names(page: str) -> list[str]:
    return re.findall(r"Dear ([^,]+),", page)


def test_everybody_without_an_account_gets_one_letter_with_a_link_that_works(families: Any) -> None:
    assert "<strong>3 people</strong>" in families.client("office").get("/parents/letters").text
    page = letters(families)
    assert names(page) == ["Carer 2", "Carer 3", "Carer 4"]
    assert "Your account for Zoë Marsh and Emeka Lane" in page
    links = LINK.findall(page)
    assert len(set(links)) == 3
    for name, link in zip(names(page), links, strict=True):
        assert name in families.client().get(link).text
    codes = re.findall(r'viewBox="0 0 (\d+) \1" role="img".*? d="([^"]+)"', page)
    assert [read(QrCode(int(size), path)) for size, path in codes] == [
        f"https://school.test{link}" for link in links
    ]


def test_letters_of_one_class(families: Any) -> None:
    assert names(letters(families, "5K")) == ["Carer 4"]
    assert names(letters(families, "2B")) == ["Carer 2", "Carer 3"]
    assert names(letters(families, "9Z")) == []


def test_nobody_is_invited_twice_before_the_link_runs_out(families: Any) -> None:
    letters(families)
    page = families.client("office").get("/parents/letters").text
    assert "Everybody has an account, or a link that still works." in page
    assert names(letters(families)) == []
    families.time.now += timedelta(days=15)
    assert len(names(letters(families))) == 3


def test_to_look_makes_no_link(families: Any) -> None:
    families.client("office").get("/parents/letters?class=2B")
    with families.school.database.read() as session:
        assert not session.exec(select(Invitation)).all()


def test_of_many_the_next_are_made_by_the_next_press(town: Any) -> None:
    many = range(_MOST + 2)
    town.add(
        *(Guardian(id=f"many{n}", name=f"Many {n}") for n in many),
        *(
            Guardianship(
                guardian_id=f"many{n}", pupil_id="p1", recorded_at=town.time.now, recorded_by="o"
            )
            for n in many
        ),
    )
    page = letters(town)
    assert len(names(page)) == _MOST
    assert "2 more people wait for the next letters." in page
    assert len(names(letters(town))) == 2
