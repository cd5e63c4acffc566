"""Words in a picture name a child as a caption does (P02)."""

from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.rule import DidNotRun, Options
from gatekeeper_detectors.rules.name_in_picture import RULE
from gatekeeper_detectors.values import Box, Case, CleanPicture, Photo, Pupil, Register, Writing

REGISTER = Register(
    (
        Pupil("1", "Kwame", "Asante-Boatengson", class_name="3K"),
        Pupil("2", "Ivy", "Quillfeather"),
        Pupil("3", "Grace", "Merriweather"),
    )
)
CLEAN = CleanPicture(b"", "0" * 64, 800, 600, 800, 600, "JPEG")
BOX = Box(10, 20, 200, 60)


def check(*texts: str, score: float = 0.99):
    lines = tuple(Writing(BOX, text, score) for text in texts)
    photo = Photo("trip.jpg", CLEAN, faces=(), words=lines)
    return list(RULE.check(Case("website", "", (photo,), REGISTER, date(2026, 1, 5)), Options()))


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Star of the week: Kwame", Action.REJECT),
        ("KWAME A.", Action.REJECT),
        ("Kwame Asante-Boatengson", Action.REJECT),
        ("Grace Merriweather", Action.REJECT),
        ("by Grace", Action.REJECT),
        ("Grace", Action.FLAG),
        pytest.param("Kwarne", None, id="too far from any name"),
        pytest.param("Kwane", Action.FLAG, id="one letter misread"),
        ("Year 5 Maths", None),
        ("Healthy Eating", None),
        ("Ancient Egypt", None),
        pytest.param("8:", None, id="the reader's noise"),
        ("aaa", None),
    ],
)
def test_what_words_name(text: str, action: Action | None) -> None:
    found = check(text)
    assert [one.action for one in found] == ([] if action is None else [action])
    assert all((one.photo, one.box) == (0, BOX) for one in found)


def test_a_capital_i_read_as_a_small_l_is_still_a_name() -> None:
    (found,) = check("Well done lvy Quillfeather")
    assert found.action is Action.REJECT
    assert "Ivy Quillfeather" in found.message


def test_one_finding_a_line_the_worst() -> None:
    (found,) = check("Grace and Kwame")
    assert found.action is Action.REJECT


@pytest.mark.parametrize(("score", "count"), [(0.6, 0), (0.95, 1)])
def test_foreign_writing_is_believed_only_when_the_reader_is_sure(score: float, count: int) -> None:
    assert len(check("小明画画", score=score)) == count


@pytest.mark.parametrize(
    ("problem", "said"), [("the reader crashed", "crashed"), ("", "were not read")]
)
def test_words_that_were_not_read_block(problem: str, said: str) -> None:
    photo = Photo("trip.jpg", CLEAN, faces=(), words_problem=problem)
    case = Case("website", "", (photo,), REGISTER, date(2026, 1, 5))
    with pytest.raises(DidNotRun, match=said):
        list(RULE.check(case, Options()))
