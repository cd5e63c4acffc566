from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options
from gatekeeper_detectors.rules import child_named, may_name_child
from gatekeeper_detectors.values import Case, Photo, Pupil, Register

REGISTER = Register(
    (
        Pupil("p1", "Harry", "Potterton", class_name="3K", year="3"),
        Pupil("p2", "Priya", "Khanna", class_name="RB", year="R"),
        Pupil("p3", "Kai", "Tanakawa", class_name="Oak"),
        Pupil("p4", "Rebecca", "Silverlock", class_name="5O", year="5"),
        *(
            Pupil(f"k{n}", "Aaliyah", f"Farooq{end}", class_name="5O")
            for n, end in enumerate("iuae")
        ),
    )
)


def _case(
    caption: str = "",
    alts: tuple[str, ...] = (),
    names: tuple[str, ...] = (),
    register: Register = REGISTER,
    class_name: str = "",
) -> Case:
    photos = tuple(Photo(name) for name in names)
    return Case("website", caption, photos, register, date(2026, 5, 1), alts, class_name)


def _found(case: Case) -> list[Finding]:
    rules = (child_named.RULE, may_name_child.RULE)
    return [finding for rule in rules for finding in rule.check(case, Options())]


def test_every_text_of_a_submission_is_read() -> None:
    names = ("IMG_1.jpg", "kai-stage.jpg")
    case = _case("Harry sang", ("A choir", "Priya sings, Becky plays"), names)
    seen = [(f.rule, f.field, f.photo, f.span, f.action) for f in _found(case)]
    assert seen == [
        ("child-named", "caption", None, (0, 5), Action.REJECT),
        ("child-named", "alt", 1, (0, 5), Action.REJECT),
        ("may-name-child", "alt", 1, (13, 18), Action.FLAG),
        ("may-name-child", "file-name", 1, (0, 3), Action.FLAG),
    ]


@pytest.mark.parametrize(
    ("text", "rule", "message", "mend"),
    [
        (
            "Harry Potterton sang",
            "child-named",
            "“Harry Potterton” names Harry Potterton (3K).",
            "Leave the name out: “Year 3 pupils …”.",
        ),
        (
            "Priya sang",
            "child-named",
            "“Priya” can be read as the name of Priya Khanna (RB).",
            "Leave the name out: “Reception pupils …”.",
        ),
        (
            "Kai sang",
            "child-named",
            "“Kai” can be read as the name of Kai Tanakawa (Oak).",
            "Leave the name out: “Our pupils …”.",
        ),
        (
            "Aaliyah sang",
            "child-named",
            "“Aaliyah” can be read as the name of 4 children on the roll.",
            "Leave the name out: “Year 5 pupils …”.",
        ),
        (
            "Haarry sang",
            "may-name-child",
            "“Haarry” is spelled almost like the name of Harry Potterton (3K).",
            "If this is a child, leave the name out: “Year 3 pupils …”.",
        ),
        (
            "Well done Oliver!",
            "may-name-child",
            "“Oliver” looks like somebody’s name. Nobody on the roll has it.",
            "If this is a child, leave the name out: “Our pupils …”.",
        ),
        (
            "Спасибо",
            "may-name-child",
            "“Спасибо” is in writing that cannot be checked for names.",
            "Write it in English letters as well, or ask a colleague who reads it.",
        ),
    ],
)
def test_the_author_is_told_who_and_what_to_write(
    text: str, rule: str, message: str, mend: str
) -> None:
    (finding,) = _found(_case(text))
    assert (finding.rule, finding.message, finding.mend) == (rule, message, mend)
    assert finding.policy == ("P02", "G06")


@pytest.mark.parametrize(
    ("class_name", "mend"),
    [("3K", "“Year 3 pupils …”"), ("oak", "“Our pupils …”"), ("6W", "“Year 6 pupils …”")],
)
def test_the_declared_class_gives_the_year_where_the_roll_cannot(
    class_name: str, mend: str
) -> None:
    (finding,) = _found(_case("Well done Oliver!", class_name=class_name))
    assert mend in finding.mend


@pytest.mark.parametrize("text", ["", "Year 3 pupils sang", "3K and RB sang", "\u200b\ufe0f"])
def test_text_that_names_nobody(text: str) -> None:
    assert _found(_case(text)) == []


def test_without_a_roll_a_name_is_only_a_guess() -> None:
    (finding,) = _found(_case("Harry sang", register=Register()))
    assert (finding.rule, finding.action) == ("may-name-child", Action.FLAG)


def test_a_file_may_be_called_by_a_name_that_is_on_no_roll() -> None:
    assert _found(_case(names=("oliver-cam.jpg",))) == []


def test_a_long_caption_is_read_to_its_end() -> None:
    text = "Pupils planted trees. " * 450 + "Harry"
    (finding,) = _found(_case(alts=(text,)))
    assert finding.field == "alt"
    assert finding.span == (len(text) - 5, len(text))


@pytest.mark.parametrize("rule", [child_named.RULE, may_name_child.RULE])
def test_guard_children_and_run_again_before_sending(rule: child_named.Rule) -> None:
    assert rule.guards_child
    assert rule.about_people
