from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rules.dialogue import RULE, DialogueOptions
from gatekeeper_detectors.values import Case, Register

OWN = DialogueOptions(own_handles=("@OakfieldPrimary",))


def _found(text: str, channel: str = "twitter") -> list[Finding]:
    return list(RULE.check(Case(channel, text, (), Register(), date(2026, 11, 24)), OWN))


@pytest.mark.parametrize(
    ("text", "part", "reply"),
    [
        ("@parent thank you", "@parent", True),
        ("  \u200b@parent thank you", "@parent", True),
        (".@parent look", "@parent", True),
        ("Thanks to @jane_smith_88!", "@jane_smith_88", False),
        ("🎂👩‍👧 é\u0301 @jane", "@jane", False),
        ("תודה @jane", "@jane", False),
        ("Thanks ＠ｊａｎｅ", "＠ｊａｎｅ", False),
        ("(@jane)", "@jane", False),
        ("Thanks @oakfieldprimarypta", "@oakfieldprimarypta", False),
    ],
)
def test_nobody_is_talked_to_on_x(text: str, part: str, reply: bool) -> None:
    (finding,) = _found(text)
    assert finding.span is not None
    assert (finding.action, text[slice(*finding.span)]) == (Action.REJECT, part)
    assert ("reply" in finding.message) is reply


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Write to office@oakfield.example",
        "We are @oakfieldprimary",
        "Meet @ 3 pm",
        "https://social.example/@artist/12",
        "M@tilda",
    ],
)
def test_what_calls_nobody_passes(text: str) -> None:
    assert _found(text) == []


@pytest.mark.parametrize("channel", ["website", "parents"])
def test_elsewhere_an_at_sign_is_only_noted(channel: str) -> None:
    assert [f.action for f in _found("With @thebritishmuseum today", channel)] == [Action.NOTE]
