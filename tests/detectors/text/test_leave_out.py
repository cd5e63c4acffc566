"""Captions without the names in them, as a suggestion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_detectors.text.leave_out import without_names


def spans_of(text, *names):
    return [(text.index(name), text.index(name) + len(name)) for name in names]


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("Well done to Ivy Marsh for her prize!", ["Ivy Marsh"],
         "Well done to a pupil for her prize!"),
        ("Ivy in the garden.", ["Ivy"], "A pupil in the garden."),
        ("A good day. Ivy won.", ["Ivy"], "A good day. A pupil won."),
        ("“Ivy” she wrote", ["Ivy"], "“A pupil” she wrote"),
        ("Congratulations Priya and Arjun on your medals", ["Priya", "Arjun"],
         "Congratulations pupils on your medals"),
        ("Priya, Arjun, and Ivy at sea", ["Priya", "Arjun", "Ivy"], "Pupils at sea"),
        ("Priya, our librarian, and Ivy", ["Priya", "Ivy"],
         "A pupil, our librarian, and a pupil"),
        ("Oliver's model", ["Oliver"], "A pupil's model"),
        ("James’ poem about the sea", ["James"], "A pupil’s poem about the sea"),
        ("The Gristwood twins and a tortoise", ["Gristwood"], "The twins and a tortoise"),
        ("Thank you to the Gristwoods", ["Gristwoods"], "Thank you to a pupil"),
        ("Grace M. and Jack U. lead us", ["Grace M", "Jack U"], "Pupils lead us"),
        ("By I.Q., 3K", ["I.Q"], "By a pupil, 3K"),
        ("We met Grace M. It was fun", ["Grace M"], "We met a pupil. It was fun"),
        ("WELL DONE AALIYAH TODAY", ["AALIYAH"], "WELL DONE A PUPIL TODAY"),
        ("Sports day fun #WellDoneHarry", ["Harry"], "Sports day fun"),
        ("Goal by @alfie.b07 today", ["alfie.b"], "Goal by today"),
        ("See sites.example/rebecca.s for more", ["rebecca.s"], "See for more"),
        ("No name here", [], "No name here"),
    ],
)  # fmt: skip
def test_what_is_left(text, names, expected):
    assert without_names(text, spans_of(text, *names)) == expected


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=30)


@given(before=WORDS, name=st.from_regex(r"[A-Z][a-z]{2,9}", fullmatch=True), after=WORDS)
def test_the_name_is_gone_and_no_mark_is_left(before, name, after):
    text = before + name + after
    start = len(before)
    told = without_names(text, [(start, start + len(name))])
    assert "\ufdd0" not in told
    assert told.count(name) <= (before + after).count(name)


@given(WORDS)
def test_without_names_only_spaces_change(text):
    assert "".join(without_names(text, []).split()) == "".join(text.split())
