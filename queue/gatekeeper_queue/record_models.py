"""The tables of what surrounds publishing: parents, training, changes, incidents, notices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from gatekeeper_queue.columns import instant, new_id


class Invitation(SQLModel, table=True):
    """A link by which one guardian makes an account, once. Only its digest is stored."""

    __tablename__ = "invitation"

    id: str = Field(default_factory=new_id, primary_key=True)
    token_sha256: str = Field(unique=True)
    guardian_id: str = Field(foreign_key="guardian.id", index=True)
    made_by: str
    made_at: datetime = Field(sa_column=instant())
    expires_at: datetime = Field(sa_column=instant())
    used_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class Objection(SQLModel, table=True):
    """A parent objects to a post. It is hidden first and decided later (G05)."""

    __tablename__ = "objection"

    id: str = Field(default_factory=new_id, primary_key=True)
    submission_id: str = Field(foreign_key="submission.id", index=True)
    post_id: str = Field(foreign_key="post.id")
    by: str = Field(foreign_key="user_account.id", index=True)
    at: datetime = Field(sa_column=instant())
    words: bytes = b""
    """What the parent wrote, encrypted."""
    acknowledged_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    acknowledged_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    decided_by: str = ""
    outcome: str = ""
    """`upheld`, `declined`, or empty while it is open."""
    answer: bytes = b""
    """What the parent is told, encrypted."""


class Withdrawal(SQLModel, table=True):
    """Consent was taken back: what came down because of it, until all of it is gone (P24)."""

    __tablename__ = "withdrawal"

    id: str = Field(default_factory=new_id, primary_key=True)
    pupil_id: str = Field(index=True)
    by: str
    """Id of the user who recorded it: somebody in the office, or the parent."""
    guardian_id: str | None = None
    """Whose own withdrawal it is; None: the family's."""
    at: datetime = Field(sa_column=instant(index=True))
    uses: list[str] = Field(sa_column=Column(JSON, nullable=False))
    everything: bool = False
    """Recognition by the machine as well."""
    scope: str = ""
    """The one scope that was taken back; empty: alone and in groups."""
    posts: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """Ids of the posts that came down because of it."""
    unclear: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """Ids of posts whose words may name the child: a person must look."""
    finished_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    """When the last of the posts was seen to be gone."""


class HandTask(SQLModel, table=True):
    """A post that a person puts up and takes down, and what they said of it."""

    __tablename__ = "hand_task"

    post_id: str = Field(foreign_key="post.id", primary_key=True)
    handed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    """When the pictures were last fetched; None: nobody can have put it up."""
    handed_to: str = ""
    url: str = ""
    seen: bool = False
    """Its text was found at the address, so that its absence can be told as well."""
    said_by: str = ""
    said_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    not_up: bool = False
    gone_by: str = ""
    gone_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class TrainingRecord(SQLModel, table=True):
    """One training, or one signature under the acceptable use policy (P13). Append-only."""

    __tablename__ = "training_record"

    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(foreign_key="user_account.id", index=True)
    kind: str
    """`training` or `aup`."""
    version: str = ""
    """Of the policy that was signed, or of the course."""
    on: date
    recorded_at: datetime = Field(sa_column=instant())
    recorded_by: str


class PasswordLink(SQLModel, table=True):
    """A link by which one member of staff sets a password, once. Only its digest is stored."""

    __tablename__ = "password_link"

    token_sha256: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user_account.id", index=True)
    made_by: str
    made_at: datetime = Field(sa_column=instant())
    expires_at: datetime = Field(sa_column=instant())
    used_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    """When it was used, or put out of use."""


class ChangeRequest(SQLModel, table=True):
    """A change of a safeguard: one person proposes, another confirms (P20)."""

    __tablename__ = "change_request"

    id: str = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(index=True)
    subject: str = ""
    """Id of what is to change; empty for something new."""
    before: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    after: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    secrets: bytes = b""
    """Tokens of a new account, encrypted; emptied when it is decided."""
    why: str = ""
    proposed_by: str
    proposed_at: datetime = Field(sa_column=instant())
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    outcome: str = ""
    """`confirmed`, `declined`, `withdrawn`; `at once` for what needs no second person because it
    makes things stricter, `on the server` for what was done there; empty while it is open."""


class Incident(SQLModel, table=True):
    """One entry of the incident log, with the five fields of P17, each encrypted."""

    __tablename__ = "incident"

    id: str = Field(default_factory=new_id, primary_key=True)
    kind: str
    """`by hand`, or which breach the software noticed."""
    subject: str = ""
    """Id of the post, submission or event that it is about."""
    opened_by: str
    opened_at: datetime = Field(sa_column=instant(index=True))
    happened: bytes = b""
    involved: bytes = b""
    found: bytes = b""
    done: bytes = b""
    conclusion: bytes = b""
    evidence: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    """Digests of what was up: ids, sha256, addresses, times."""
    closed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    closed_by: str = ""


class Freeze(SQLModel, table=True):
    """Incident mode, from the press until two people lifted it."""

    __tablename__ = "freeze"

    id: int | None = Field(default=None, primary_key=True)
    incident_id: str = Field(foreign_key="incident.id")
    begun_by: str
    begun_at: datetime = Field(sa_column=instant())
    lift_asked_by: str = ""
    lift_asked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    lifted_by: str = ""
    lifted_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class AccountRest(SQLModel, table=True):
    """An account that has used up what its channel allows of one thing, until a time."""

    __tablename__ = "account_rest"

    account_id: str = Field(foreign_key="channel_account.id", primary_key=True)
    action: str = Field(primary_key=True)
    """`send` or `remove`."""
    until: datetime = Field(sa_column=instant())


class Pause(SQLModel, table=True):
    """Nothing is sent for a while; what is up stays up and stays visible."""

    __tablename__ = "pause"

    id: int | None = Field(default=None, primary_key=True)
    begun_by: str
    begun_at: datetime = Field(sa_column=instant())
    why: str = ""
    lifted_by: str = ""
    lifted_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class StrayCopy(SQLModel, table=True):
    """Something of a post that can be seen on its channel and must not be there: a second copy,
    or one that is back after it was removed. Kept until it is seen to be gone."""

    __tablename__ = "stray_copy"

    id: str = Field(default_factory=new_id, primary_key=True)
    post_id: str = Field(foreign_key="post.id", index=True)
    remote_id: str
    url: str
    kind: str
    """The incident that it was entered as."""
    found_at: datetime = Field(sa_column=instant())
    attempts: int = 0
    not_before: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    last_error: str = ""
    removed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class Notice(SQLModel, table=True):
    """One notice to one person; ids only. It is also the outbox for e-mail."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_unsent", "sent_at", "not_before"),
        Index("ix_notice_subject", "subject"),
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: str | None = Field(default=None, foreign_key="user_account.id", index=True)
    """None: the school's e-safety address alone."""
    kind: str
    subject: str
    """Id of what it is about."""
    at: datetime = Field(sa_column=instant())
    seen_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    sent_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    """When it was mailed, or found to need no mail."""
    not_before: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    attempts: int = 0
    last_error: str = ""


class AccessReview(SQLModel, table=True):
    """The yearly look at who may do what, signed off by a person (P18)."""

    __tablename__ = "access_review"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=instant())
    signed_by: str
    listed: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    """Each account as it was seen: id, role, active, last sign-in."""
    note: str = ""


class SampleCheck(SQLModel, table=True):
    """A post that the checks passed, drawn at random and looked at again by a person (P22)."""

    __tablename__ = "sample_check"

    id: int | None = Field(default=None, primary_key=True)
    post_id: str = Field(foreign_key="post.id", index=True)
    drawn_at: datetime = Field(sa_column=instant())
    checked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    checked_by: str = ""
    outcome: str = ""
    """`right`, `missed`, or empty while nobody has looked."""
    note: str = ""
