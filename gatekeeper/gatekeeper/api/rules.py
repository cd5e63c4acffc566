"""The rules, with what this school's policy makes of them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from gatekeeper.api.access import Known
from gatekeeper.api.shapes import Shape
from gatekeeper.catalogue import rule_to_json
from gatekeeper.web.errors import NotFound
from gatekeeper_detectors.rule import Rule
from gatekeeper_detectors.rules import ALL_RULES

router = APIRouter(tags=["rules"])


class RuleOut(Shape):
    """One rule."""

    id: str
    title: str
    why: str
    policy: list[str]
    """Rows of the school's policy that it carries out."""
    trips: str
    passes: str
    mend: str
    guards_child: bool
    """It can be made stricter, never weaker."""
    options: dict[str, Any]
    """As they are where a school changes nothing."""
    option_meanings: dict[str, str]
    here: dict[str, Any]
    """As they are at this school."""


class Rules(Shape):
    """All rules."""

    rule_set: str
    """Changes whenever a rule, or what the school makes of it, changes."""
    items: list[RuleOut]


@router.get("/rules")
def rules(caller: Known) -> Rules:
    """Every rule."""
    return Rules(
        rule_set=caller.school.policy.rule_set, items=[_rule(caller, rule) for rule in ALL_RULES]
    )


@router.get("/rules/{rule_id}")
def rule(rule_id: str, caller: Known) -> RuleOut:
    """One rule."""
    found = next((rule for rule in ALL_RULES if rule.id == rule_id), None)
    if found is None:
        raise NotFound
    return _rule(caller, found)


def _rule(caller: Known, rule: Rule) -> RuleOut:
    here = caller.school.policy.settings[rule.id].options.explained()
    return RuleOut(**rule_to_json(rule), here={name: value for name, value, _ in here})
