"""Every rule, in the order in which authors see its findings.

One rule, one file, one id. What can stop a child's picture is listed here and nowhere else.
"""

from __future__ import annotations

from gatekeeper_detectors.rule import Rule
from gatekeeper_detectors.rules import (
    child_named,
    dialogue,
    flagged_wording,
    hidden_metadata,
    identifiable_face,
    lone_pupil,
    may_name_child,
    missing_alt_text,
    name_in_picture,
    personal_data,
    personal_device,
    rule_did_not_run,
    seen_before,
    stale_roll,
    too_long,
    unchecked_link,
    unconfirmed_checklist,
    unconsented_face,
    unknown_face,
    unreadable_picture,
    untrained_author,
    whereabouts,
)

RULE_DID_NOT_RUN = rule_did_not_run.RULE

ALL_RULES: tuple[Rule, ...] = (
    unreadable_picture.RULE,
    hidden_metadata.RULE,
    unconsented_face.RULE,
    unknown_face.RULE,
    lone_pupil.RULE,
    identifiable_face.RULE,
    name_in_picture.RULE,
    seen_before.RULE,
    personal_device.RULE,
    child_named.RULE,
    may_name_child.RULE,
    personal_data.RULE,
    dialogue.RULE,
    unchecked_link.RULE,
    whereabouts.RULE,
    flagged_wording.RULE,
    missing_alt_text.RULE,
    too_long.RULE,
    untrained_author.RULE,
    unconfirmed_checklist.RULE,
    stale_roll.RULE,
    RULE_DID_NOT_RUN,
)

TEXT_RULES: tuple[Rule, ...] = (
    child_named.RULE,
    may_name_child.RULE,
    personal_data.RULE,
    dialogue.RULE,
    unchecked_link.RULE,
    whereabouts.RULE,
    flagged_wording.RULE,
    too_long.RULE,
)
"""The rules that `gatekeeper caption` runs: all that read a caption and need no picture."""
