"""A school's policy: what each rule's findings do, within limits; and the verdict."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from gatekeeper_detectors.faces.calibration import BadCalibration, Calibration, read_calibration
from gatekeeper_detectors.findings import Action, Finding, Verdict, outcome_of
from gatekeeper_detectors.rule import DidNotRun, Options, Rule
from gatekeeper_detectors.rules import ALL_RULES, RULE_DID_NOT_RUN
from gatekeeper_detectors.values import Case


class PolicyError(Exception):
    """The policy file cannot be used; the message says what to change."""


class FaceSettings(BaseModel):
    """How sure the machine must be before it says who a face is (EVIDENCE: faces)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recognise: bool = True
    """False: nobody's face is learnt or known. Faces are found, and people say who they are."""
    strict: float | None = None
    """Largest distance at which a face is recognised; None: the engine's calibrated value."""
    margin: float | None = None
    """How much further away every other person on the register must be."""
    calibration: str = ""
    """File made by `gatekeeper calibrate`, relative to the policy file; empty: as shipped."""


class PolicyFile(BaseModel):
    """The TOML file as a school writes it. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "standard"
    approve_clear_items: bool = False
    """Must a person approve submissions that no rule objects to?"""
    faces: FaceSettings = FaceSettings()
    rules: dict[str, dict[str, Any]] = {}


@dataclass(frozen=True)
class RuleSetting:
    """What the school decided for one rule."""

    action: Action | Literal["off"] | None
    """None: as the rule suggests."""
    options: Options


@dataclass(frozen=True)
class Policy:
    """A checked policy: every rule has its setting."""

    name: str
    approve_clear_items: bool
    faces: FaceSettings
    settings: Mapping[str, RuleSetting] = field(hash=False)
    rule_set: str
    """Name and digest; changes when the policy or the software changes."""
    calibration: Calibration | None = None
    """What `faces.calibration` holds."""
    written: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What the school wrote: `rules.lone-pupil.action` to its value, as text."""
    decision: str = ""
    """Tells one decision of the school from another (P20). A new version of the software, or
    another order or comment in the file, leaves it as it is."""


def load_policy(path: Path) -> Policy:
    """Read and check a policy file. Raises `PolicyError`."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(f"The policy file {path} cannot be read: {error}") from error
    return make_policy(raw, path.parent)


def make_policy(raw: Mapping[str, Any] | None = None, beside: Path = Path()) -> Policy:
    """Check the content of a policy file; without one, the rules act as they suggest.

    A calibration that it names is looked for from the folder `beside`.

    Raises `PolicyError` on an unknown key, or where a rule that guards a child would be
    made weaker than it suggests.
    """
    try:
        file = PolicyFile.model_validate(raw or {})
    except ValidationError as error:
        raise PolicyError(f"The policy file has a mistake: {_first_error(error)}") from error
    known = {rule.id: rule for rule in ALL_RULES}
    for rule_id in file.rules:
        if rule_id not in known:
            raise PolicyError(
                f"The policy file names the rule '{rule_id}', which does not exist. "
                f"The rules are: {', '.join(known)}."
            )
    settings = {rule.id: _setting(rule, file.rules.get(rule.id, {})) for rule in ALL_RULES}
    calibration = _calibration(file.faces, beside)
    digest = hashlib.sha256(
        f"{version('gatekeeper')}\n{file.model_dump_json()}\n{calibration!r}\n{settings!r}".encode()
    ).hexdigest()[:8]
    written = _flat(raw or {}) | _measured(calibration)
    return Policy(
        file.name,
        file.approve_clear_items,
        file.faces,
        settings,
        f"{file.name}-{digest}",
        calibration,
        written,
        hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()[:16],
    )


def _flat(raw: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Each value under its path. Lists as JSON, so that they can be compared and read."""
    found: dict[str, str] = {}
    for name, value in raw.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{name}.")
        else:
            is_text = isinstance(value, str)
            found[f"{before}{name}"] = value if is_text else json.dumps(value, default=str)
    return found


def _measured(calibration: Calibration | None) -> dict[str, str]:
    """A new calibration under the same file name is another decision, too."""
    if calibration is None:
        return {}
    return _flat({"calibration": calibration.model_dump(include=_CALIBRATED)})


_CALIBRATED = {"engine", "version", "strict", "margin"}


def _calibration(faces: FaceSettings, beside: Path) -> Calibration | None:
    if not faces.calibration:
        return None
    try:
        return read_calibration(beside / faces.calibration)
    except BadCalibration as error:
        raise PolicyError(str(error)) from error


def _setting(rule: Rule, raw: Mapping[str, Any]) -> RuleSetting:
    values = dict(raw)
    wanted = values.pop("action", None)
    allowed = [*Action] if rule.guards_child else [*Action, "off"]
    if wanted is not None and wanted not in allowed:
        if wanted == "off":
            raise PolicyError(f"The rule '{rule.id}' guards children and cannot be switched off.")
        raise PolicyError(
            f"The rule '{rule.id}' has the action '{wanted}'; it can be: {', '.join(allowed)}."
        )
    try:
        options = rule.options.model_validate(values)
    except ValidationError as error:
        raise PolicyError(f"The rule '{rule.id}': {_first_error(error)}") from error
    action: Action | Literal["off"] | None = None
    if wanted is not None:
        action = "off" if wanted == "off" else Action(wanted)
    return RuleSetting(action, options)


def _first_error(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}"


def run_rules(case: Case, policy: Policy, rules: Iterable[Rule] = ALL_RULES) -> list[Finding]:
    """What every rule reports. A rule that fails is itself a finding that blocks."""
    findings: list[Finding] = []
    for rule in rules:
        try:
            findings += rule.check(case, policy.settings[rule.id].options)
        except DidNotRun as reason:
            findings.append(_did_not_run(rule, str(reason)))
        except Exception as error:  # fail closed: whatever broke, the picture stays in
            findings.append(_did_not_run(rule, type(error).__name__))
    return findings


def _did_not_run(rule: Rule, reason: str) -> Finding:
    return RULE_DID_NOT_RUN.finding(
        Action.REJECT, f"The check “{rule.title}” could not be made ({reason})."
    )


def judge(findings: Iterable[Finding], policy: Policy) -> Verdict:
    """Apply the school's policy to what the rules reported. Pure; the worst action decides."""
    acting = []
    for finding in findings:
        action = _effective(finding, policy.settings[finding.rule])
        if action is not None:
            acting.append(replace(finding, action=action))
    acting.sort(key=lambda finding: -finding.action.rank)
    return Verdict(outcome_of(acting), tuple(acting), policy.rule_set)


def _effective(finding: Finding, setting: RuleSetting) -> Action | None:
    if setting.action is None:
        return finding.action
    if setting.action == "off":
        return None
    rule = next(rule for rule in ALL_RULES if rule.id == finding.rule)
    if rule.guards_child and finding.action is Action.NOTE:
        return finding.action  # nothing is wrong, so there is nothing to be strict about
    if rule.guards_child:  # stricter, never weaker
        return max(finding.action, setting.action, key=lambda action: action.rank)
    return setting.action


def check(case: Case, policy: Policy) -> Verdict:
    """Run every rule on the case and judge what they report."""
    return judge(run_rules(case, policy), policy)
