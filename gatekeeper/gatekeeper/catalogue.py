"""The rule catalogue, made from the rules' own metadata.

    python -m gatekeeper.catalogue

brings the README's table up to date.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gatekeeper_detectors.rule import Rule
from gatekeeper_detectors.rules import ALL_RULES


def rule_to_json(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "why": rule.why,
        "policy": list(rule.policy),
        "trips": rule.trips,
        "passes": rule.passes,
        "mend": rule.mend,
        "guards_child": rule.guards_child,
        "options": _options(rule),
    }


def rule_as_text(rule: Rule) -> str:
    """One rule for a terminal."""
    limit = (
        "It can be made stricter, never weaker." if rule.guards_child else "A school may change it."
    )
    lines = [
        f"{rule.id} - {rule.title}",
        "",
        f"Why:      {rule.why} ({', '.join(rule.policy)})",
        f"Trips:    {rule.trips}",
        f"Passes:   {rule.passes}",
        f"To mend:  {rule.mend}",
        f"Limits:   {limit}",
    ]
    options = [f"  {name} = {value!r}" for name, value in _options(rule).items()]
    return "\n".join([*lines, *(["Options:", *options] if options else [])])


def rule_table() -> str:
    """The README's table, in Markdown."""
    rows = [
        f"| `{rule.id}` | {rule.title} | {', '.join(rule.policy)} | "
        f"{'stricter only' if rule.guards_child else 'yes'} |"
        for rule in ALL_RULES
    ]
    return "\n".join(
        ["| rule | finds | policy | a school may change it |", "|---|---|---|---|", *rows]
    )


START = "<!-- rules: made by `python -m gatekeeper.catalogue`, checked by the tests -->"
END = "<!-- end of rules -->"


def with_rule_table(readme: str) -> str:
    """The README's text with the table as it should be now."""
    before, rest = readme.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n\n{rule_table()}\n\n{END}{after}"


def _options(rule: Rule) -> dict[str, Any]:
    return rule.options().model_dump(mode="json")


if __name__ == "__main__":
    README = Path("README.md")
    README.write_text(with_rule_table(README.read_text(encoding="utf-8")), encoding="utf-8")
