"""Every rule, in the order in which authors see its findings.

One rule, one file, one id. What can stop a child's picture is listed here and nowhere else.
"""

from __future__ import annotations

from gatekeeper_detectors.rule import Rule
from gatekeeper_detectors.rules import (
    child_named,
    hidden_metadata,
    lone_pupil,
    missing_alt_text,
    rule_did_not_run,
    too_long,
    unconsented_face,
    unknown_face,
    unreadable_picture,
    untrained_author,
)

RULE_DID_NOT_RUN = rule_did_not_run.RULE

ALL_RULES: tuple[Rule, ...] = (
    unreadable_picture.RULE,
    hidden_metadata.RULE,
    unconsented_face.RULE,
    unknown_face.RULE,
    lone_pupil.RULE,
    child_named.RULE,
    missing_alt_text.RULE,
    too_long.RULE,
    untrained_author.RULE,
    RULE_DID_NOT_RUN,
)
