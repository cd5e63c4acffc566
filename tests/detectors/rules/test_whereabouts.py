from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rules.whereabouts import RULE, WhereaboutsOptions
from gatekeeper_detectors.values import Case, Pupil, Register

REGISTER = Register((Pupil("p", "Ivy", "Quill", class_name="3K"),))


def _found(text: str, own: tuple[str, ...] = ()) -> list[Finding]:
    case = Case("website", text, (), REGISTER, date(2026, 5, 20))
    return list(RULE.check(case, WhereaboutsOptions(own_places=own)))


@pytest.mark.parametrize(
    "text",
    [
        "Year 5 will be at Elm Park next Tuesday at 2pm",
        "Tomorrow 3K walk to Highfield library at 10 am",
        "We leave for Castle Howard on Friday at 9.15",
        "Year 2 are off to Cotswold Wildlife Park on 14 June, leaving at 9am",
        "On Thursday our choir will be singing at the Riverside Leisure Centre",
        "Every Monday Year 4 swims at the pool",
        "Next week Year 6 will be staying at Plas Menai, Wales",
        "Our team plays at Elm Road on 22/05/2026",
    ],
)
def test_children_a_place_and_a_time_to_come_are_flagged(text: str) -> None:
    for before in ("", "Lovely! ", "👩‍👧🎉 é\u0301. ", "שלום. "):
        (finding,) = _found(f"{before}{text}. Bye.")
        assert finding.span is not None
        assert finding.action is Action.FLAG
        assert f"{before}{text}. Bye."[slice(*finding.span)].endswith(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sports day was great on Tuesday",
        "Year 5 went to Elm Park on Tuesday",
        "On Wednesday our choir sang at the town hall",
        "Year 4 and Year 5 at camp",
        "Year 2 visited the zoo on 14/05/2026",
        "Term starts on Monday 7 September",
        "Christmas carol concert tonight",
        "Class 3K on Monday",
        "Will you help at the cake sale on Friday?",
        "Parents' evening: Tuesday 4 and Thursday 6 February",
    ],
)
def test_what_tells_strangers_nothing_passes(text: str) -> None:
    assert [f for f in _found(text) if f.action is not Action.NOTE] == []


@pytest.mark.parametrize(
    "text",
    [
        "Join us: our choir sings at Elm Park on Saturday at 2 pm, all welcome",
        "Year 6 will be performing in the school hall on Friday",
    ],
)
def test_an_invitation_is_noted(text: str) -> None:
    assert [f.action for f in _found(text)] == [Action.NOTE]


def test_the_schools_own_places_are_known_anyway() -> None:
    text = "Year 6 will be at Oakfield Hall on Friday"
    assert [f.action for f in _found(text)] == [Action.FLAG]
    assert [f.action for f in _found(text, ("Oakfield Hall",))] == [Action.NOTE]
