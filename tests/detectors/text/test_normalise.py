from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_detectors.text.normalise import (
    fold,
    is_foreign_letter,
    look_alike,
    name_key,
    visible,
)


@pytest.mark.parametrize(
    ("given_text", "folded"),
    [
        ("Harry", "Harry"),
        ("Zoë Ålandsson", "Zoe Alandsson"),
        ("Łukasz đøıß", "Lukasz doiss"),
        ("&#72;arry &eacute; &amp;", "Harry e &"),
        ("%48arry", "Harry"),
        ("%25%34%38arry", "Harry"),  # encoded twice
        ("&amp;#72;arry", "Harry"),
        ("100% Harry & Co", "100% Harry & Co"),
        ("Ha\u200brry W\u2060inston", "Harry Winston"),
        ("Ha\u202errry", "Harrry"),
        ("H\U000e0061arry", "Harry"),
        ("M\U0001f170\ufe0ftilda", "MAtilda"),
        ("🅷🄰Ⓡ𝓻ʏ", "HARry"),
        ("🇱🇪🇴", "LEO"),
        ("🇯🇴 flag", "  flag"),
        ("H⭐a", "H a"),
        ("James’s", "James's"),
        ("Har-\nry and mid-\n term", "Harry and midterm"),
        ("Har-ry", "Har-ry"),
        ("Олена", "Olena"),
    ],
)
def test_folds(given_text: str, folded: str) -> None:
    assert fold(given_text).text == folded


@given(st.text(max_size=80))
def test_folded_text_is_ascii_and_every_span_lies_inside(text: str) -> None:
    folded = fold(text)
    assert folded.text.isascii()
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    for start, end in zip(folded.starts, folded.ends, strict=True):
        assert 0 <= start < end <= len(text)


@given(st.text(alphabet="👩‍👧🇬🇧é\u0301\u0308 אבג\u200f\u202e🅰️⭐&%", max_size=20))
def test_what_stands_before_a_name_does_not_shift_its_span(before: str) -> None:
    text = f"{before} Harry"
    folded = fold(text)
    place = folded.text.index("Harry")
    start, end = folded.span(place, place + 5)
    assert text[start:end] == "Harry"


def test_a_combining_accent_belongs_to_its_letter() -> None:
    text = "Zoe\u0308!"
    assert fold(text).span(0, 3) == (0, 4)


@pytest.mark.parametrize(
    "text", ["", "   ", "\u200b\u200d", "\u3164\n", "\u2800", "\ufe0f \U000e0041"]
)
def test_nothing_visible(text: str) -> None:
    assert visible(text) == ""


@pytest.mark.parametrize("text", ["a", " . ", "⭐", "é"])
def test_something_visible(text: str) -> None:
    assert visible(text) == text.strip()


def test_reads_letters_by_their_shape() -> None:
    assert name_key(look_alike("Наrrу")) == "harry"  # noqa: RUF100


@pytest.mark.parametrize(
    ("char", "foreign"), [("é", False), ("ł", False), ("я", True), ("李", True)]
)
def test_foreign_letters(char: str, foreign: bool) -> None:
    assert is_foreign_letter(char) is foreign
