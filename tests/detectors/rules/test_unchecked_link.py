from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rules.unchecked_link import RULE, LinkOptions
from gatekeeper_detectors.values import Case, Register

OWN = LinkOptions(own_sites=("https://www.oakfield.example/", "bbc.co.uk"))


def _found(text: str, channel: str = "website") -> list[Finding]:
    return list(RULE.check(Case(channel, text, (), Register(), date(2026, 11, 24)), OWN))


@pytest.mark.parametrize(
    ("text", "action", "part"),
    [
        ("More at www.oakfield.example/news.", "note", "www.oakfield.example/news"),
        ("(https://news.oakfield.example)", "note", "https://news.oakfield.example"),
        ("see BBC.co.uk/bitesize!", "note", "BBC.co.uk/bitesize"),
        ("🎉 bit.ly/3xYzAbc", "flag", "bit.ly/3xYzAbc"),
        ("é\u0301 win-prizes.example", "flag", "win-prizes.example"),
        ("שלום http://give-now.example", "flag", "http://give-now.example"),
        ("[film](https://youtu.be/abc)", "flag", "https://youtu.be/abc"),
        ("notoakfield.example", "flag", "notoakfield.example"),
        ("oakfield.example.evil.com", "flag", "oakfield.example.evil.com"),
        (
            "https://oakfield.example@evil.example/x",
            "flag",
            "https://oakfield.example@evil.example/x",
        ),
        (
            "https://oakfield.example\\@evil.example",
            "flag",
            "https://oakfield.example\\@evil.example",
        ),
        ("http://xn--oakfeld-dza.example/", "flag", "http://xn--oakfeld-dza.example/"),
        ("http://oakfıeld.example", "flag", "http://oakfıeld.example"),
        ("о\u0430kfield.example", "flag", "о\u0430kfield.example"),  # Cyrillic letters
        ("ｂｉｔ.ｌｙ/ab", "flag", "ｂｉｔ.ｌｙ/ab"),
        ("http://192.0.2.7/a", "flag", "http://192.0.2.7/a"),
    ],
)
def test_links_are_found(text: str, action: str, part: str) -> None:
    (finding,) = _found(text)
    assert finding.span is not None
    assert (finding.action, text[slice(*finding.span)]) == (Action(action), part)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It rained on Sunday.It was fun.",
        "Term ends at 1.30 pm, e.g. on Friday, i.e. soon.",
        "![stage](IMG_2291.jpg)",
        "Write to office@oakfield.example",
        "Score 3.5 v 2.5, St.John won",
        "and/or, 24/7, Year 3/4",
    ],
)
def test_text_without_links_passes(text: str) -> None:
    assert _found(text) == []


def test_the_author_is_told_where_a_disguised_link_leads() -> None:
    (finding,) = _found("https://oakfield.example@evil.example/login")
    assert "evil.example" in finding.message


def test_a_link_costs_on_x() -> None:
    (finding,) = _found("oakfield.example", "twitter")
    assert "costs" in finding.message
