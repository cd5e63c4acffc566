"""The README's tables, made from what the software goes by: its rules, and who may do what.

    python -m gatekeeper.catalogue

brings them up to date.
"""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import wrap
from typing import Any

from gatekeeper_detectors.rule import Rule
from gatekeeper_detectors.rules import ALL_RULES
from gatekeeper_queue.people import ALLOWED, Act, Role


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


def role_table() -> str:
    """Who may do what (P18), in Markdown."""
    head = "| | " + " | ".join(Role) + " |"
    rows = [
        f"| {act} | " + " | ".join("yes" if act in ALLOWED[role] else "" for role in Role) + " |"
        for act in Act
    ]
    return "\n".join([head, "|---|" + "---|" * len(Role), *rows])


TABLES = {"rules": rule_table, "roles": role_table}
"""What stands between `<!-- name: … -->` and `<!-- end of name -->`."""


def with_tables(readme: str) -> str:
    """The README's text with its tables as they should be now."""
    for name, table in TABLES.items():
        start = f"<!-- {name}: made by `python -m gatekeeper.catalogue`, checked by the tests -->"
        end = f"<!-- end of {name} -->"
        before, rest = readme.split(start)
        _, after = rest.split(end)
        readme = f"{before}{start}\n\n{table()}\n\n{end}{after}"
    return readme


def value_as_text(value: object) -> str:
    """An option's value as a policy file (TOML) has it; lists on one line."""
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    README = Path("README.md")
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
