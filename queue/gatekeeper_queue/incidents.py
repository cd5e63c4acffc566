"""The incident log (P17): what happened, who was involved, how it was found, what was done,
and the conclusion. Opened by hand, or by the software on a serious breach (P21).

The five texts may name people, so each is encrypted; the audit log says that an entry was
changed and by whom, never what it says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.frozen import current_freeze
from gatekeeper_queue.models import User
from gatekeeper_queue.notices import settle, tell
from gatekeeper_queue.people import ALLOWED, Act, Role, require
from gatekeeper_queue.plain_text import plain
from gatekeeper_queue.record_models import Incident
from gatekeeper_queue.school import School

FIELDS = ("happened", "involved", "found", "done", "conclusion")
"""The five of the policy, in its order; each is a column of `Incident`."""
MAX_TEXT = 20_000
"""Characters of each."""
BY_HAND = "by hand"
HANDLERS = tuple(role for role in Role if Act.HANDLE_INCIDENTS in ALLOWED[role])


@dataclass(frozen=True)
class Breach:
    """A kind of incident: its heading, and what the software can say of it by itself."""

    heading: str
    happened: str = ""
    found: str = ""
    notice: str = "incident-opened"
    """What people are told (`notices.KINDS`)."""


BREACHES: dict[str, Breach] = {
    BY_HAND: Breach("Opened by a person"),
    "freeze": Breach(
        "Incident mode",
        "Publishing was frozen and the school’s news hidden.",
        notice="freeze-begun",
    ),
    "audit-broken": Breach(
        "The audit log is not whole",
        "The audit log was changed, or a part of it is missing.",
        "Gatekeeper verifies the whole log every night.",
    ),
    "removal-overdue": Breach(
        "A post that must come down can still be seen",
        "A post was to be taken down, and an hour later it could still be seen.",
        "Gatekeeper looks on the channel until a post is gone.",
    ),
    "objection-upheld": Breach(
        "A parent’s objection was upheld",
        "A parent objected to a published post, and was right.",
        "By the parent.",
    ),
    "child-without-consent": Breach(
        "A child without permission was published",
        "A published post showed or named a child who may not be.",
        "Gatekeeper checked the post again after it was published.",
    ),
    "sample-missed": Breach(
        "The checks had missed something",
        "A published post held something that neither the rules nor a reviewer had seen.",
        "A person looked again at a random sample of what was published.",
    ),
    "picture-changed": Breach(
        "A stored picture is not what was checked",
        "A picture of a published post is missing, or is not the one that was checked.",
        "Gatekeeper compares the pictures of published posts with their digests every night.",
    ),
    "published-twice": Breach(
        "A post went out twice",
        "A second copy of a post could be seen. It is being removed.",
        "Gatekeeper looks for copies of a post that was sent more than once.",
    ),
    "removed-back-up": Breach(
        "A post that was taken down could be seen again",
        "A post was taken down and checked to be gone, and could be seen later. "
        "It is being removed again.",
        "Gatekeeper looks again at what was taken down, every night.",
    ),
    "post-changed": Breach(
        "A published post is not what was approved",
        "A published post shows other words or pictures on its channel than were approved.",
        "Gatekeeper compares published posts with what was approved, every night.",
    ),
    "picture-unclean": Breach(
        "A published picture carries hidden data",
        "A picture of a published post carries data besides the picture.",
        "Gatekeeper checked the post again after it was published.",
    ),
}
"""Every kind of incident that there is."""


class CannotHandle(Exception):
    """The incident is not in a state for this, or something is missing; the message says what."""


def open_incident(
    school: School,
    session: Session,
    kind: str,
    subject: str,
    *,
    by: str = SYSTEM,
    evidence: Sequence[Mapping[str, Any]] = (),
    note: str = "",
) -> Incident:
    """The entry on a breach of a kind in `BREACHES`, and word of it to those who handle
    incidents and to the e-safety address (P21).

    A breach that the software notices is entered once per `subject` (the id of what it is
    about), however often it is noticed; the first entry is returned. `note` is what a person
    said of it. Raises `KeyError` for an unknown kind.
    """
    breach = BREACHES[kind]
    if subject and kind != BY_HAND:
        known = session.exec(
            select(Incident).where(Incident.kind == kind, Incident.subject == subject)
        ).first()
        if known is not None:
            return known
    row = Incident(
        kind=kind,
        subject=subject,
        opened_by=by,
        opened_at=school.clock(),
        evidence=[dict(one) for one in evidence],
    )
    happened = f"{breach.happened} {note}".strip()
    _write(school, row, {"happened": happened, "found": breach.found})
    session.add(row)
    session.flush()
    school.audit.append(session, by, "incident.opened", row.id, {"kind": kind, "about": subject})
    tell(school, session, breach.notice, row.id, roles=HANDLERS, esafety=True)
    return row


def open_by_hand(
    school: School, session: Session, user: User, texts: Mapping[str, str]
) -> Incident:
    """A person's entry. Raises `NotAllowed`, or `CannotHandle` when it does not say what
    happened."""
    require(user, Act.HANDLE_INCIDENTS)
    if not plain(texts.get("happened", "")):
        raise CannotHandle("Say what happened.")
    _refuse_long(texts)
    row = open_incident(school, session, BY_HAND, "", by=user.id)
    _write(school, row, texts)
    return row


def texts_of(school: School, row: Incident) -> dict[str, str]:
    """The five texts, by field."""
    return {
        name: school.cipher.decrypt(value).decode() if (value := getattr(row, name)) else ""
        for name in FIELDS
    }


def edition(row: Incident) -> str:
    """Changes with every change of the entry: what a person saw when they began to write."""
    return hashlib.sha256(b"|".join(getattr(row, name) for name in FIELDS)).hexdigest()[:16]


def save_incident(
    school: School,
    session: Session,
    user: User,
    row: Incident,
    texts: Mapping[str, str],
    seen: str,
) -> None:
    """Write the texts into an open entry that is still the edition `seen`.

    Raises `NotAllowed`, or `CannotHandle` with nothing changed.
    """
    require(user, Act.HANDLE_INCIDENTS)
    if row.closed_at is not None:
        raise CannotHandle("This incident is closed, so its entry stays as it is.")
    if seen != edition(row):
        raise CannotHandle("A colleague changed this entry meanwhile. Read it before you save.")
    _refuse_long(texts)
    before = texts_of(school, row)
    changed = {
        name: text
        for name in FIELDS
        if name in texts and (text := plain(texts[name])) != before[name]
    }
    if not changed:
        return
    _write(school, row, changed)
    session.add(row)
    school.audit.append(session, user.id, "incident.saved", row.id, {"fields": sorted(changed)})


def close_incident(school: School, session: Session, user: User, row: Incident) -> None:
    """All five are written and nothing is frozen because of it any more.

    Raises `NotAllowed` or `CannotHandle`.
    """
    require(user, Act.HANDLE_INCIDENTS)
    if row.closed_at is not None:
        raise CannotHandle("This incident is closed already.")
    if not all(texts_of(school, row).values()):
        raise CannotHandle("Write all five parts before you close it.")
    frozen = current_freeze(session)
    if frozen is not None and frozen.incident_id == row.id:
        raise CannotHandle("Incident mode is on because of this. Lift it before you close this.")
    row.closed_at, row.closed_by = school.clock(), user.id
    session.add(row)
    over = (BREACHES[row.kind].notice, "incident-open")
    settle(session, school.clock(), over, row.id)
    school.audit.append(session, user.id, "incident.closed", row.id, {})


def _refuse_long(texts: Mapping[str, str]) -> None:
    if any(len(texts.get(name, "")) > MAX_TEXT for name in FIELDS):
        raise CannotHandle(f"Keep each part within {MAX_TEXT:,} characters.")


def _write(school: School, row: Incident, texts: Mapping[str, str]) -> None:
    for name in FIELDS:
        if name in texts:
            text = plain(texts[name])
            setattr(row, name, school.cipher.encrypt(text.encode()) if text else b"")
