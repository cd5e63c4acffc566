from __future__ import annotations

import pytest

from gatekeeper_detectors.text.normalise import fold
from gatekeeper_detectors.text.tokens import Kind, pieces, tokenise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Year 4, art!", ["word year", "word 4", "word art"]),
        ("#WellDoneHarry now", ["hashtag welldoneharry", "word now"]),
        ("#team_leo x", ["hashtag team", "hashtag leo", "word x"]),
        ("@alfie.bunnage07 goal", ["handle alfie", "handle bunnage07", "word goal"]),
        ("www.oak.example/a-b", [f"link {each}" for each in ["www", "oak", "example", "a", "b"]]),
        ("photos.example/x", ["link photos", "link example", "link x"]),
        ("and/or at 9.30", ["word and", "word or", "word at", "word 9", "word 30"]),
        ("James' hat", ["word james", "word hat"]),
        ("M@tilda", ["handle m@tilda"]),
    ],
)  # fmt: skip
def test_words_and_what_they_are_part_of(text: str, expected: list[str]) -> None:
    assert [f"{token.kind} {token.key}" for token in tokenise(fold(text))] == expected


def test_a_file_name_is_all_one_kind() -> None:
    kinds = {token.kind for token in tokenise(fold("summer fair_harry.jpg"), is_file_name=True)}
    assert kinds == {Kind.FILE}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("WellDoneHarry", ["Well", "Done", "Harry"]),
        ("WELLDone", ["WELL", "Done"]),
        ("DSouza", ["D", "Souza"]),
        ("bunnage07", ["bunnage", "07"]),
        ("plain", ["plain"]),
        ("JOHNs", ["JOHN", "s"]),
    ],
)
def test_pieces(word: str, expected: list[str]) -> None:
    (token,) = tokenise(fold(word))
    cut = list(pieces(token))
    assert [piece.raw for piece in cut] == expected
    assert [word[piece.start : piece.end] for piece in cut] == expected
