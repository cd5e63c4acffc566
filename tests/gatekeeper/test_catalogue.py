"""The catalogues of rules and roles, and what the README says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.catalogue import rule_as_text, rule_to_json, with_tables
from gatekeeper_detectors.rules import ALL_RULES

README = Path(__file__).parents[2] / "README.md"


def test_the_readmes_tables_are_up_to_date():
    text = README.read_text(encoding="utf-8")
    assert with_tables(text) == text, "run: python -m gatekeeper.catalogue"


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_every_rule_explains_itself(rule):
    report = rule_to_json(rule)
    for part in ("title", "why", "policy", "trips", "passes", "mend"):
        assert report[part], f"{rule.id} says nothing of its {part}"
    assert report["mend"] in rule_as_text(rule)


def test_a_rule_is_one_file_named_by_its_id():
    folder = Path(__file__).parents[2] / "detectors/gatekeeper_detectors/rules"
    files = {path.stem.replace("_", "-") for path in folder.glob("*.py")} - {"--init--"}
    assert files == {rule.id for rule in ALL_RULES}
