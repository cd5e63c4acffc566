"""Names that nobody on the roll has: only ever a flag, and never for what is no person."""

from __future__ import annotations

import pytest

from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.text.lexicon import given_names, lexicon
from gatekeeper_detectors.text.names import index_of
from gatekeeper_detectors.text.sightings import How, find_sightings
from gatekeeper_detectors.values import Register


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Well done Oliwia and friends", "Oliwia"),
        ("Gabriel from Year 1 lost a tooth", "Gabriel"),
        ("Fatima's science project", "Fatima"),
        ("Our swimmer Imogen Batterbury", "Imogen Batterbury"),
        ("👩‍👧 é\u0301 שלום Callum!", "Callum"),
        ("Freyja\u0301 and Gabrie\u0301l\u0301", "Gabrie\u0301l\u0301"),
        ("well done fatima", "fatima"),
        ("#WellDoneJayden", "Jayden"),
        # no list has these, but the sentence shows that they are people
        ("Author Onjali visits", "Onjali"),
        ("Well done Xylo!", "Xylo"),
        ("Congratulations to Quillon", "Quillon"),
        ("Zedekias from Year 2 grew a sunflower", "Zedekias"),
        ("Well done Ruby, a wonderful poem", "Ruby"),
    ],
)
def test_a_name_that_is_on_no_roll_is_flagged(register: Register, text: str, part: str) -> None:
    found = [s for s in find_sightings(text, index_of(register)) if s.how is How.UNKNOWN]
    assert part in [text[s.start : s.end] for s in found]
    assert {s.action for s in found} == {Action.FLAG}
    assert all(not s.pupils for s in found)


@pytest.mark.parametrize(
    "text",
    [
        "Queen Victoria and King Charles III",
        "Sir Isaac Newton, St Luke and Pope Francis",
        "Florence Nightingale, Emily Dickinson and Michael Rosen",
        "A picnic in Alexandra Park, then Charlotte Street",
        "Mr Gareth and Mrs Imogen",
        "Our residential to Whitby Abbey",
        "Well done everyone! Congratulations to Year 4",
        "Well done to our RSPB team",
        "Owls from Year 2 sang",
        "Eid Mubarak",
        "Ruby red bricks",
        "Thank you Tesco",
    ],
)
def test_what_is_nobody_passes(register: Register, text: str) -> None:
    assert find_sightings(text, index_of(register)) == []


def test_the_list_holds_no_words() -> None:
    assert not given_names() & lexicon().words
    assert len(given_names()) > 1500


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Charlotte Ambrose Street", None),
        ("Harry Street library", None),
        ("Harry Potterton Street", Action.REJECT),
        ("Hazel Wood Farm", Action.FLAG),
        ("Harry in the street", Action.REJECT),
        ("HARRY STREET", Action.REJECT),
        ("harry park run", Action.REJECT),
        ("St James and St Peter", None),
        ("Bea St John", Action.REJECT),
    ],
)
def test_streets_and_saints_are_nobody_but_a_full_name_wins(
    register: Register, text: str, action: Action | None
) -> None:
    found = [sighting.action for sighting in find_sightings(text, index_of(register))]
    assert max(found, default=None, key=lambda each: each.rank) == action
