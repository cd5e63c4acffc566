"""The rule catalogue, made from the rules' own metadata.

    python -m gatekeeper.catalogue

brings the README's table up to date.
"""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import wrap
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
        "options": {name: value for name, value, _ in rule.options().explained()},
        "option_meanings": {name: meaning for name, _, meaning in rule.options().explained()},
    }


_BELOW = " " * 6


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
    options = [
        line
        for name, value, meaning in rule.options().explained()
        for line in (
            f"  {name} = {value_as_text(value)}",
            *wrap(meaning, 76, initial_indent=_BELOW, subsequent_indent=_BELOW),
        )
    ]
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


def value_as_text(value: object) -> str:
    """An option's value as a policy file (TOML) has it; lists on one line."""
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    README = Path("README.md")
    README.write_text(with_rule_table(README.read_text(encoding="utf-8")), encoding="utf-8")
