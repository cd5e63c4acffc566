"""What holds for all rules that read text: they never fail, and no disguise clears a name."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper_detectors.findings import Outcome, Verdict
from gatekeeper_detectors.policy import check, make_policy
from gatekeeper_detectors.rules import TEXT_RULES
from gatekeeper_detectors.text.caption import check_caption
from gatekeeper_detectors.values import Author, Case, Register

TODAY = date(2026, 11, 24)
POLICY = make_policy()
SNIPPETS = st.sampled_from(
    [
        "Harry", "Well done", "Oliver", "07700 900461", "j@mail.example", "born 14/03/2016",
        "bit.ly/x", "@jane", "Year 5 will be at Elm Park on Friday at 2pm", "swimming",
        "SW1A 1AA", "&#72;", "%48", "\u200b", "\u202e", "👩‍👧", "é\u0301", "אבג", "\n", "#Team",
        "https://a@b.example", "UPN A8012", "oh seven seven", "🇱🇪🇴", "Ｈ", "St", "and", ",", ". ",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=120), st.lists(SNIPPETS, max_size=8).map(" ".join))


def _verdict(text: str, register: Register, channel: str = "website") -> Verdict:
    return check_caption(text, register, TODAY, POLICY, channel)


@given(text=TEXTS, channel=st.sampled_from(["website", "twitter", "parents"]))
@settings(max_examples=300, deadline=None)
def test_no_text_makes_a_rule_fail_and_every_span_lies_inside(
    register: Register, text: str, channel: str
) -> None:
    for finding in _verdict(text, register, channel).findings:
        assert finding.rule != "rule-did-not-run"
        if finding.span is not None:
            start, end = finding.span
            assert 0 <= start < end <= len(text)


@given(text=TEXTS)
@settings(deadline=None)
def test_a_caption_alone_is_judged_as_in_a_submission(register: Register, text: str) -> None:
    author = Author("u", TODAY, TODAY)
    case = Case("website", text, (), register, TODAY, author=author)
    ids = {rule.id for rule in TEXT_RULES}
    whole = [finding for finding in check(case, POLICY).findings if finding.rule in ids]
    assert list(_verdict(text, register).findings) == whole


NAMED = st.sampled_from(
    [
        "Well done Harry!", "A poem by Ivy Quillfeather", "Zoë and Björn on stage",
        "#WellDoneKwame", "Grace and Will planted the tree", "Mary-Anne in the choir",
        "I. Quillfeather (3K)", "Well done Oliwia!",
    ]
)  # fmt: skip


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _sprinkled(text: str) -> str:
    return "\u200b".join(text)


def _in_entities(text: str) -> str:
    return "".join(f"&#{ord(c)};" if c.isalpha() else c for c in text)


@given(
    text=NAMED,
    dress=st.sampled_from([str, _wide, _decomposed, _sprinkled, _in_entities]),
    before=st.sampled_from(["", "👩‍👧🎉 ", "é\u0301. ", "שלום; ", "\u202e", "مرحبا، "]),
)
@settings(deadline=None)
def test_no_dress_clears_a_caption_that_names_a_child(
    register: Register, text: str, dress: Callable[[str], str], before: str
) -> None:
    assert _verdict(before + dress(text), register).outcome is not Outcome.CLEAR


@pytest.mark.parametrize(
    "piece",
    [
        "a.",
        "0 ",
        "1-",
        "@",
        "x@",
        "A ",
        "A, ",
        "https://",
        "12 May ",
        "UPN ",
        "born ",
        "Year 5 at A ",
    ],
)
def test_a_long_text_is_read_quickly(register: Register, piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    start = time.perf_counter()
    _verdict(text, register)
    assert time.perf_counter() - start < 5  # about 0.3 s; quadratic work would take minutes
