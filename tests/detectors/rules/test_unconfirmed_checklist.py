"""What only a person can see is confirmed by one."""

from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.rule import Options
from gatekeeper_detectors.rules import unconfirmed_checklist
from gatekeeper_detectors.values import CHECKLIST, Author, Case, Register, Statement

SUITABLE, MAY_PUBLISH = Statement.SUITABLE, Statement.MAY_PUBLISH


def found(confirmed: set[Statement], author: Author | None = Author("t")) -> list[str]:
    case = Case("website", "", (), Register(), date(2026, 11, 24), author=author,
                confirmed=frozenset(confirmed))  # fmt: skip
    return [one.message for one in unconfirmed_checklist.RULE.check(case, Options())]


@pytest.mark.parametrize(
    ("confirmed", "complaints"),
    [
        (set(CHECKLIST), []),
        ({SUITABLE, MAY_PUBLISH}, []),
        ({MAY_PUBLISH}, ["suitably dressed"]),
        ({SUITABLE}, ["may publish"]),
        ({Statement.OFF_PHONES}, ["suitably dressed", "may publish"]),
        (set(), ["suitably dressed", "may publish"]),
    ],
)
def test_every_point_is_confirmed(confirmed: set[Statement], complaints: list[str]) -> None:
    messages = found(confirmed)
    assert len(messages) == len(complaints)
    for message, complaint in zip(messages, complaints, strict=True):
        assert complaint in message


def test_where_there_is_no_author_nothing_is_asked() -> None:
    assert found(set(), author=None) == []
