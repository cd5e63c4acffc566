"""The verdict on one caption alone, by the rules that read text and no others."""

from __future__ import annotations

from datetime import date

from gatekeeper_detectors.findings import Verdict
from gatekeeper_detectors.policy import Policy, judge, run_rules
from gatekeeper_detectors.rules import TEXT_RULES
from gatekeeper_detectors.values import Case, Register


def check_caption(
    text: str, register: Register, today: date, policy: Policy, channel: str = "website"
) -> Verdict:
    """What `policy.check` says of this caption, without what it says of pictures and author."""
    case = Case(channel=channel, caption=text, photos=(), register=register, today=today)
    return judge(run_rules(case, policy, TEXT_RULES), policy)
