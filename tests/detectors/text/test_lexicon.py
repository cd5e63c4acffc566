from __future__ import annotations

import pytest

from gatekeeper_detectors.text.lexicon import known_phrases, lexicon, nicknames
from gatekeeper_detectors.text.names import split


@pytest.mark.parametrize("word", ["may", "will", "grace", "summer", "baker", "art", "robin", "the"])
def test_words(word: str) -> None:
    assert word in lexicon()


@pytest.mark.parametrize("name", ["harry", "priya", "kwame", "oliver", "leo", "jr", ""])
def test_names_that_are_no_words(name: str) -> None:
    assert name not in lexicon()


def test_every_word_can_be_looked_up() -> None:
    assert all(word.isascii() and word.isalpha() and word.islower() for word in lexicon().words)


def test_every_phrase_has_two_words_and_stands_once() -> None:
    phrases = [split(phrase) for phrase in known_phrases()]
    assert all(len(phrase) > 1 for phrase in phrases)
    assert len(set(phrases)) == len(phrases)


def test_nicknames_stand_for_the_formal_name_only() -> None:
    assert "becky" in nicknames()["rebecca"]
    assert "becky" not in nicknames()
