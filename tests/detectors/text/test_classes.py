"""A pupil may be in two classes."""

from datetime import date

import pytest

from gatekeeper_detectors.text.parts import safe_wording
from gatekeeper_detectors.values import Case, Pupil, Register, classes_in


@pytest.mark.parametrize(
    ("written", "classes"),
    [
        ("", ()),
        (" , ;", ()),
        ("5K", ("5K",)),
        ("5K, Choir", ("5K", "Choir")),
        ("5K;Choir; 5K", ("5K", "Choir")),
        ("Year 5 / 6", ("Year 5 / 6",)),
    ],
)
def test_the_classes_of_a_pupil(written, classes):
    assert classes_in(written) == classes


@pytest.mark.parametrize(
    ("class_name", "wording"),
    [
        ("5K", "Year 5 pupils …"),
        ("choir", "Our pupils …"),  # of several years
        ("Chess", "Year 4 pupils …"),
        ("6L", "Year 6 pupils …"),
        ("Hall", "Our pupils …"),
    ],
)
def test_the_wording_for_a_class(class_name, wording):
    pupils = (
        Pupil("p1", "A", "B", class_name="5K, Choir", year="5"),
        Pupil("p2", "C", "D", class_name="4H; Choir; Chess", year="4"),
    )
    case = Case(
        "website", "caption", (), Register(pupils), date(2026, 3, 10), class_name=class_name
    )
    assert safe_wording(case) == wording
