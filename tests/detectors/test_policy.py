"""The school's policy file and what it can and cannot do to the rules' findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_detectors.findings import Action, Finding, Outcome
from gatekeeper_detectors.policy import PolicyError, judge, load_policy, make_policy, run_rules
from gatekeeper_detectors.rule import DidNotRun, Options, Rule
from gatekeeper_detectors.rules import ALL_RULES, RULE_DID_NOT_RUN
from gatekeeper_detectors.values import Case, Pupil, Register

GUARDED = [rule.id for rule in ALL_RULES if rule.guards_child]
FREE = [rule.id for rule in ALL_RULES if not rule.guards_child]
BY_ID = {rule.id: rule for rule in ALL_RULES}
CASE = Case(
    "website", "Tamsin sang", (), Register((Pupil("p", "Tamsin", "Orr"),)), date(2026, 5, 1)
)


def _finding(rule: str, action: Action) -> Finding:
    return BY_ID[rule].finding(action, "seen")


# --- the file --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"colour": "blue"}, "colour"),
        ({"rules": {"child-name": {}}}, "'child-name', which does not exist"),
        ({"rules": {"too-long": {"max_captions": 5}}}, "max_captions"),
        ({"rules": {"too-long": {"max_caption": 0}}}, "max_caption"),
        ({"rules": {"too-long": {"action": "shout"}}}, "'shout'"),
        ({"rules": {"child-named": {"action": "off"}}}, "cannot be switched off"),
        ({"faces": {"strictness": 1}}, "faces.strictness"),
    ],
)
def test_mistakes_in_the_file_are_named(raw: dict[str, Any], says: str) -> None:
    with pytest.raises(PolicyError, match=says):
        make_policy(raw)


@pytest.mark.parametrize("content", [b"rules = [", b"name = '\xff'"])
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(content)
    with pytest.raises(PolicyError, match="cannot be read"):
        load_policy(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        load_policy(tmp_path / "none.toml")


def test_a_file_sets_actions_and_options(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('name = "ours"\n[rules.too-long]\naction = "flag"\nmax_caption = 7\n')
    policy = load_policy(path)
    setting = policy.settings["too-long"]
    assert (policy.name, setting.action) == ("ours", Action.FLAG)
    assert setting.options.model_dump() == {"max_caption": 7}


def test_the_rule_set_changes_with_the_policy() -> None:
    one, two = make_policy(), make_policy({"rules": {"too-long": {"max_caption": 7}}})
    assert one.rule_set == make_policy({}).rule_set
    assert one.rule_set != two.rule_set


OURS = '[rules.too-long]\nmax_caption = 7\naction = "flag"\n'


@pytest.mark.parametrize(
    ("content", "same"),
    [
        ('# a word of ours\n[rules.too-long]\naction = "flag"\nmax_caption = 7\n', True),
        ('rules = {too-long = {action = "flag", max_caption = 7}}', True),
        ('[rules.too-long]\nmax_caption = 8\naction = "flag"\n', False),
        ("[rules.too-long]\nmax_caption = 7\n", False),
        (f"approve_clear_items = false\n{OURS}", False),
        (f'name = "ours"\n{OURS}', False),
        (f"[faces]\nstrict = 0.3\n{OURS}", False),
        ("", False),
    ],
)
def test_a_decision_is_what_the_school_wrote(tmp_path: Path, content: str, same: bool) -> None:
    """Another order or comment is no other decision; another value, or one less, is."""
    path = tmp_path / "policy.toml"
    path.write_text(content)
    (tmp_path / "before.toml").write_text(OURS)
    before, after = load_policy(tmp_path / "before.toml"), load_policy(path)
    assert (before.decision == after.decision) is same


def test_another_version_of_the_software_is_no_other_decision(monkeypatch) -> None:
    before = make_policy({"rules": {"too-long": {"max_caption": 7}}})
    monkeypatch.setattr("gatekeeper_detectors.policy.version", lambda _: "99")
    after = make_policy({"rules": {"too-long": {"max_caption": 7}}})
    assert before.rule_set != after.rule_set
    assert before.decision == after.decision
    assert after.written == {"rules.too-long.max_caption": "7"}


@pytest.mark.parametrize("rule", GUARDED)
def test_no_guarded_rule_can_be_switched_off(rule: str) -> None:
    with pytest.raises(PolicyError, match="guards children"):
        make_policy({"rules": {rule: {"action": "off"}}})


# --- what an action does -----------------------------------------------------------------------

STRICTER_OR_WEAKER = [
    # rule, suggested, the school's action, what acts
    ("child-named", "reject", None, "reject"),
    ("child-named", "flag", None, "flag"),
    ("child-named", "flag", "reject", "reject"),
    ("child-named", "reject", "flag", "reject"),
    ("child-named", "reject", "note", "reject"),
    ("child-named", "flag", "note", "flag"),
    ("missing-alt-text", "reject", None, "reject"),
    ("missing-alt-text", "reject", "flag", "flag"),
    ("missing-alt-text", "reject", "note", "note"),
    ("missing-alt-text", "reject", "off", None),
    ("missing-alt-text", "flag", "reject", "reject"),
]


@pytest.mark.parametrize(("rule", "suggested", "school", "acts"), STRICTER_OR_WEAKER)
def test_the_school_makes_rules_stricter_or_weaker_within_limits(
    rule: str, suggested: str, school: str | None, acts: str | None
) -> None:
    policy = make_policy({"rules": {rule: {"action": school}}} if school else None)
    verdict = judge([_finding(rule, Action(suggested))], policy)
    assert [finding.action for finding in verdict.findings] == ([Action(acts)] if acts else [])


@pytest.mark.parametrize(
    ("actions", "outcome"),
    [
        ([], Outcome.CLEAR),
        (["note"], Outcome.CLEAR),
        (["note", "flag"], Outcome.FLAGGED),
        (["flag", "reject", "note"], Outcome.REJECTED),
    ],
)
def test_the_worst_action_decides(actions: list[str], outcome: Outcome) -> None:
    policy = make_policy()
    verdict = judge([_finding("child-named", Action(each)) for each in actions], policy)
    assert verdict.outcome is outcome
    assert verdict.rule_set == policy.rule_set
    ranks = [finding.action.rank for finding in verdict.findings]
    assert ranks == sorted(ranks, reverse=True)


SCHOOL = st.fixed_dictionaries(
    {},
    optional={
        **{rule: st.sampled_from(["note", "flag", "reject"]) for rule in GUARDED},
        **{rule: st.sampled_from(["note", "flag", "reject", "off"]) for rule in FREE},
    },
)
FINDINGS = st.lists(
    st.builds(_finding, st.sampled_from(list(BY_ID)), st.sampled_from(list(Action))), max_size=6
)


@given(school=SCHOOL, others=FINDINGS, guarded=st.sampled_from(GUARDED))
def test_nothing_clears_what_a_guarded_rule_rejects(
    school: dict[str, str], others: list[Finding], guarded: str
) -> None:
    policy = make_policy({"rules": {rule: {"action": action} for rule, action in school.items()}})
    verdict = judge([*others, _finding(guarded, Action.REJECT)], policy)
    assert verdict.outcome is Outcome.REJECTED


# --- rules that fail ---------------------------------------------------------------------------


def _crash(case: Case, options: Options) -> Iterator[Finding]:
    yield BY_ID["too-long"].finding(Action.NOTE, "before the crash")
    raise KeyError("Tamsin")


def _give_up(case: Case, options: Options) -> Iterator[Finding]:
    raise DidNotRun("the search took too long")


@pytest.mark.parametrize(
    ("check", "reason"), [(_crash, "KeyError"), (_give_up, "the search took too long")]
)
def test_a_rule_that_fails_blocks(check: Any, reason: str) -> None:
    broken: Rule = replace(BY_ID["too-long"], check=check)
    policy = make_policy()
    findings = run_rules(CASE, policy, [broken])
    verdict = judge(findings, policy)
    assert verdict.outcome is Outcome.REJECTED
    assert verdict.findings[0].rule == RULE_DID_NOT_RUN.id
    assert reason in verdict.findings[0].message
    assert "Tamsin" not in verdict.findings[0].message


def test_one_broken_rule_does_not_silence_the_others() -> None:
    broken: Rule = replace(BY_ID["too-long"], check=_crash)
    findings = run_rules(CASE, make_policy(), [broken, BY_ID["child-named"]])
    assert {finding.rule for finding in findings} >= {"rule-did-not-run", "child-named"}
