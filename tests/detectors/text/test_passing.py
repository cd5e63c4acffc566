"""What is passed over quickly is what reading the whole text finds nothing in."""

from __future__ import annotations

import csv
import io
import string
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gatekeeper_detectors.text.names import NameIndex
from gatekeeper_detectors.text.passing import names_nobody
from gatekeeper_detectors.text.sightings import find_sightings
from gatekeeper_detectors.values import Pupil, StaffMember

CHILDREN = {
    "Harry Potter": ("Harry", "Potter", "", ""),
    "Jean-Luc van der Bergh": ("Jean-Luc", "van der Bergh", "", ""),
    "Elizabeth Hope": ("Elizabeth", "Hope", "Rose May", "Liz"),
    "Zoë O'Hare": ("Zoë", "O'Hare", "", ""),
    "Jo Li": ("Jo", "Li", "", ""),
}


def index_of(name: str) -> NameIndex:
    first, last, middle, called = CHILDREN[name]
    child = Pupil("p1", first, last, middle, called, class_name="3K")
    return NameIndex((child,), (StaffMember("s1", "Rose", "Dana", "Ms"),))


INDEXES = {name: index_of(name) for name in CHILDREN}
WORDS = """
Harry Potter harry potter HARRY Har ry Pot ter h4rry p0tter Harri Pottr potters Jean Luc jean luc
van der Bergh bergh Elizabeth elisabeth Liz Lizzie Hope hope Rose May Zoe zoe O Hare ohare HP HW Jo
Li jo li H P L J by and in 3K 3k the class with trees Year year was a I A s 5 12 TV measured
Wainscot football
"""
PIECES = st.sampled_from(WORDS.split()) | st.text(
    string.ascii_letters + string.digits + "!|$", min_size=1, max_size=4
)
JOINTS = st.sampled_from(
    (" ", " ", " ", " ", "", "-", ".", "'", "*", "~", "+", "_", ". ", ", ", "\n", "-\n", "- ",
     "#", " #", "@", "/", "&amp;", "%20", "$", "$-", "!", "!-", "|", "www.", "\t", "\u200b", "é")
)  # fmt: skip
TEXTS = st.lists(st.tuples(PIECES, JOINTS), min_size=1, max_size=9).map(
    lambda parts: "".join(piece + joint for piece, joint in parts)
)


@settings(max_examples=1000, deadline=None)
@given(text=TEXTS, name=st.sampled_from(list(CHILDREN)))
@example("Har$-ry won", "Harry Potter")
@example("Har-\nry won", "Harry Potter")
@example("H. P. won", "Harry Potter")
@example("H a r r y", "Harry Potter")
@example("well done har.ry", "Harry Potter")
def test_whoever_is_found_is_not_passed_over(text: str, name: str) -> None:
    index = INDEXES[name]
    if names_nobody(index)(text):
        assert find_sightings(text, index, of_the_roll=True) == []


CAPTIONS = [
    row["caption"]
    for path in sorted(Path(__file__).parents[2].glob("benchmarks/captions_*.csv"))
    for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("name", CHILDREN)
def test_so_it_is_with_captions_and_most_are_passed_over(name: str) -> None:
    index = INDEXES[name]
    nobody = names_nobody(index)
    passed = [text for text in CAPTIONS if nobody(text)]
    assert [text for text in passed if find_sightings(text, index, of_the_roll=True)] == []
    assert len(passed) > len(CAPTIONS) / 2
