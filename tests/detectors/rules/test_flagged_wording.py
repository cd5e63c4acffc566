from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rules.flagged_wording import RULE, WordingOptions
from gatekeeper_detectors.values import Case, Register


def _found(text: str, options: WordingOptions | None = None) -> list[Finding]:
    case = Case("website", text, (), Register(), date(2026, 5, 20))
    return list(RULE.check(case, options or WordingOptions()))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Splashing in our Swimming costumes", "Swimming"),
        ("#SwimmingGala", "Swimming"),
        ("Getting  changed for the show", "Getting  changed"),
        ("Reception in their PE kits", "in their PE kits"),
        ("🏊🏽‍♀️ é\u0301 we ѕwam far", "ѕwam"),  # a Cyrillic s
        ("שלום: naked truth", "naked"),
        ("what a sh1t day", "sh1t"),
        ("ＩＤＩＯＴＳ", "ＩＤＩＯＴＳ"),
        ("fu\u200bcking", "fu\u200bcking"),
        ("Image © copyright", "copyright"),
        ("Our page on GoFundMe", "GoFundMe"),
    ],
)
def test_words_of_the_list_are_flagged(text: str, part: str) -> None:
    (finding,) = _found(text)
    assert finding.span is not None
    assert (finding.action, text[slice(*finding.span)]) == (Action.FLAG, part)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Our PE kit and ICT suite",
        "Arsenal, Scunthorpe, Sussex, Essex and Pissarro",
        "A maths class assessed its assets",
        "Shiitake soup and cockerels",
        "Captain Underpants for World Book Day",
        "An elephant's trunk",
        "Change for the better",
    ],
)
def test_words_that_only_look_alike_pass(text: str) -> None:
    assert _found(text) == []


def test_the_school_edits_the_lists() -> None:
    options = WordingOptions(dress=(), also=("fidget spinner*",))
    assert _found("swimming", options) == []
    assert [f.span for f in _found("Two fidget spinners", options)] == [(4, 19)]
