from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.rule import Options
from gatekeeper_detectors.rules.child_named import RULE, check_text
from gatekeeper_detectors.values import Case, Photo, Pupil, Register

REGISTER = Register(
    (
        Pupil("p1", "Harry", "Potterton", class_name="3K", year="3"),
        Pupil("p2", "Priya", "Khanna", class_name="RB", year="R"),
        Pupil("p3", "Kai", "Tanakawa", class_name="Oak"),
        *(
            Pupil(f"k{n}", "Aaliyah", f"Farooq{end}", class_name="5O")
            for n, end in enumerate("iuae")
        ),
    )
)


def _case(caption: str = "", alts: tuple[str, ...] = (), names: tuple[str, ...] = ()) -> Case:
    photos = tuple(Photo(name) for name in names)
    return Case("website", caption, photos, REGISTER, date(2026, 5, 1), alts)


def test_every_text_of_a_submission_is_read() -> None:
    case = _case("Harry sang", ("A choir", "Priya sings"), ("IMG_1.jpg", "kai-stage.jpg"))
    seen = [(f.field, f.photo, f.span, f.action) for f in RULE.check(case, Options())]
    assert seen == [
        ("caption", None, (0, 5), Action.REJECT),
        ("alt", 1, (0, 5), Action.REJECT),
        ("file-name", 1, (0, 3), Action.FLAG),
    ]


@pytest.mark.parametrize(
    ("text", "message", "mend"),
    [
        (
            "Harry Potterton sang",
            "“Harry Potterton” names Harry Potterton (3K).",
            "Leave the name out: “Year 3 pupils …”.",
        ),
        (
            "Priya sang",
            "“Priya” can be read as the name of Priya Khanna (RB).",
            "Leave the name out: “Reception pupils …”.",
        ),
        (
            "Kai sang",
            "“Kai” can be read as the name of Kai Tanakawa (Oak).",
            "Leave the name out: “Our pupils …”.",
        ),
        (
            "Aaliyah sang",
            "“Aaliyah” can be read as the name of 4 children on the roll.",
            "Leave the name out: “Year 5 pupils …”.",
        ),
        (
            "Haarry sang",
            "“Haarry” is spelled almost like the name of Harry Potterton (3K).",
            "If this is a child, leave the name out: “Year 3 pupils …”.",
        ),
        (
            "Спасибо",
            "“Спасибо” is in writing that cannot be checked for names.",
            "Write it in English letters as well, or ask a colleague who reads it.",
        ),
    ],
)
def test_the_author_is_told_who_and_what_to_write(text: str, message: str, mend: str) -> None:
    (finding,) = check_text(text, REGISTER)
    assert (finding.message, finding.mend) == (message, mend)
    assert finding.policy == ("P02", "G06")


@pytest.mark.parametrize("text", ["", "Year 3 pupils sang", "3K and RB sang"])
def test_text_that_names_nobody(text: str) -> None:
    assert check_text(text, REGISTER) == []


def test_an_empty_roll_names_nobody() -> None:
    assert check_text("Harry sang", Register()) == []


def test_a_long_caption_is_read_to_its_end() -> None:
    text = "Pupils planted trees. " * 450 + "Harry"
    (finding,) = check_text(text, REGISTER, "alt")
    assert finding.field == "alt"
    assert finding.span == (len(text) - 5, len(text))


def test_guards_children_and_runs_again_before_sending() -> None:
    assert RULE.guards_child
    assert RULE.about_people
