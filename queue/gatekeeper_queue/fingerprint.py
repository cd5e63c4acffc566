"""What exactly is approved, in one digest (promise 1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from gatekeeper_queue.models import Submission, SubmissionPhoto


def fingerprint(
    submission: Submission,
    photos: Iterable[SubmissionPhoto],
    channel: str,
    rule_set: str,
    consent_snapshot: str,
) -> str:
    """sha256 in hex over the clean pictures, texts, what the author confirmed, channel and
    accounts, rules and consent."""
    content = {
        "pictures": [[photo.clean_sha256, photo.alt] for photo in photos],
        "caption": submission.caption,
        "confirmed": submission.confirmed,
        "channel": channel,
        "accounts": submission.account_ids if channel == "twitter" else [],
        "rule_set": rule_set,
        "consent": consent_snapshot,
    }
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, ensure_ascii=True).encode()
    ).hexdigest()
