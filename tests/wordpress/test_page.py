"""A text becomes a page and is read back as it was."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.channels.wordpress.page import (
    MAX_TITLE,
    Uploaded,
    content_of,
    read_page,
    title_of,
    written,
)

LONG = "Year 5 pupils enjoying a music lesson with drums, tambourines and a very large piano"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", ""),
        ("One line", "One line"),
        ("\n  First \t line  \nSecond", "First line"),
        (LONG[:MAX_TITLE], LONG[:MAX_TITLE]),
        (LONG, "Year 5 pupils enjoying a music lesson with drums, tambourines and a very large…"),
        ("x" * 90, "x" * MAX_TITLE + "…"),
    ],
)
def test_the_title_is_the_first_line_cut_after_a_word(text, title):
    assert title_of(text) == title


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_no_character_that_means_something_is_left(text):
    html = written(text)
    assert not re.search(r"[!-/:-@\[-`{-~]", re.sub(r"&#\d+;", "", html))
    assert unescape(html) == text


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n<&;[]\"'-:/")),
    st.text(st.characters(exclude_categories=["Cs", "Cc"])),
)
def test_a_page_is_read_back_as_it_was_written(text, alt):
    content = content_of(text, [Uploaded(7, "https://oak.example/a.jpg?x=1&y=2", alt)])
    page = read_page(written(title_of(text)), content, "")
    assert page.text.split() == text.split()
    assert page.pictures == ["https://oak.example/a.jpg?x=1&y=2"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("Short words", ""), ("Two\nlines", "Two lines"), (LONG, LONG), ("", "")],
)
def test_what_the_title_says_in_full_is_not_said_twice(text, said):
    assert read_page(written(title_of(text)), content_of(text, []), "").text.split() == text.split()
    assert read_page("", content_of(text, []), "").text.split() == said.split()


def test_other_titles_and_extracts_are_words_like_any_other():
    content = content_of("Pupils & staff\nSports day", [])
    for title, excerpt, read in [
        ("Pupils &#38; staff", "", "Pupils & staff Sports day"),
        ("Sam &amp; Mia", "", "Sam & Mia Pupils & staff Sports day"),
        ("Pupils & staff", "Sam", "Pupils & staff Sports day Sam"),
        ("", "", "Pupils & staff Sports day"),
    ]:
        assert " ".join(read_page(title, content, excerpt).text.split()) == read
