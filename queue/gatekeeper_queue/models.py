"""The tables of submissions, approvals, posts, people and the audit log."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, text, true
from sqlmodel import Field, SQLModel

from gatekeeper_queue.columns import instant, new_id


class User(SQLModel, table=True):
    """A person who signs in. Pupils have no accounts (P10)."""

    __tablename__ = "user_account"

    id: str = Field(default_factory=new_id, primary_key=True)
    email: str = Field(unique=True)
    display_name: str
    role: str
    password_hash: str
    active: bool = True
    staff_id: str | None = None
    guardian_id: str | None = None
    """Of a parent's account: which guardian it is."""
    wants_mail: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    """Notices are mailed too; serious ones always are."""
    failed_sign_ins: int = 0
    locked_until: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class Account(SQLModel, table=True):
    """An account on a channel, owned by a member of staff (P14)."""

    __tablename__ = "channel_account"

    id: str = Field(default_factory=new_id, primary_key=True)
    channel: str
    """Which of a submission's channels it serves: `twitter` or `website`."""
    platform: str = Field(default="twitter", sa_column_kwargs={"server_default": "twitter"})
    """Which kind of account it is: `twitter`, `mastodon`, `wordpress` …"""
    handle: str
    owner_id: str = Field(foreign_key="user_account.id")
    secrets: bytes
    """The account's tokens, encrypted."""
    active: bool = True
    email: str = ""
    """The address that the account is registered to; it must be the school's (P14)."""
    badge_checked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    badge_problem: str = ""
    """What is wrong with its profile picture; empty when it is the school's badge."""


class Submission(SQLModel, table=True):
    """What a member of staff wants published. Its content changes only with its version."""

    __tablename__ = "submission"

    id: str = Field(default_factory=new_id, primary_key=True)
    author_id: str = Field(foreign_key="user_account.id", index=True)
    state: str = Field(default="waiting", index=True)
    version: int = 1
    caption: str
    class_name: str = ""
    channels: list[str] = Field(sa_column=Column(JSON, nullable=False))
    account_ids: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]")
    )
    """The accounts to post from; none where `twitter` is not among the channels."""
    publish_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    """Not before this; None: at the next free time."""
    confirmed: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]")
    )
    """What the author confirmed of this version (`Statement`)."""
    created_at: datetime = Field(sa_column=instant())
    changed_at: datetime = Field(sa_column=instant())
    note: str = ""
    """What the coordinator wrote when sending it back."""
    claimed_by: str | None = None
    claimed_until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    attempts: int = 0
    """How often a check of this version was begun and not finished."""
    needs_person: bool = False
    """A person sent it back, took it down or named a face in it; a person has the last word."""


class SubmissionPhoto(SQLModel, table=True):
    """One picture of a submission: the encrypted original and what the checks made of it."""

    __tablename__ = "submission_photo"

    id: str = Field(default_factory=new_id, primary_key=True)
    submission_id: str = Field(foreign_key="submission.id", index=True)
    position: int
    name: str
    alt: str = ""
    original_sha256: str
    clean_sha256: str | None = None
    problem: str = ""
    mend: str = ""
    picture: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    """Sizes and camera summary of the clean picture."""
    faces: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON))
    """Boxes, candidates and who it is; never an embedding."""
    faces_problem: str = ""
    words: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON))
    """Lines of words that can be read in the clean picture; None when they were not read."""
    words_problem: str = ""
    bodies: list[list[int]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Boxes of people found by their bodies, with or without a face."""
    gradient_hash: str = ""
    """What the clean picture looks like (`pictures.likeness`)."""
    patches: list[list[int]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Boxes that are covered, in pixels of the clean picture. The original stays as it is."""
    patched_width: int = 0
    """Width of the clean picture that the patches were chosen on, in pixels."""
    faces_before: list[list[int]] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )
    """Boxes of all faces that were found before patches were put on."""


class StoppedPicture(SQLModel, table=True):
    """What a picture looks like that was kept from the public, or taken from it."""

    __tablename__ = "stopped_picture"

    id: int | None = Field(default=None, primary_key=True)
    submission_id: str = Field(foreign_key="submission.id", index=True)
    gradient_hash: str
    channel: str
    """Where it may not be shown; empty for everywhere."""
    why: str
    """Completes "it looks like one that …"."""
    on: date


class FaceWord(SQLModel, table=True):
    """A person's word on who a face is. The newest word on a box counts."""

    __tablename__ = "face_word"

    id: int | None = Field(default=None, primary_key=True)
    photo_id: str = Field(foreign_key="submission_photo.id", index=True)
    clean_sha256: str
    box: list[int] = Field(sa_column=Column(JSON, nullable=False))
    person_id: str
    said_by: str
    said_at: datetime = Field(sa_column=instant())


class Judgement(SQLModel, table=True):
    """The verdict on one version of a submission for one channel."""

    __tablename__ = "judgement"

    id: int | None = Field(default=None, primary_key=True)
    submission_id: str = Field(foreign_key="submission.id", index=True)
    version: int
    channel: str
    outcome: str
    findings: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    rule_set: str
    consent_snapshot: str
    at: datetime = Field(sa_column=instant())


class Approval(SQLModel, table=True):
    """Leave to publish exactly what the fingerprint covers, and nothing else."""

    __tablename__ = "approval"

    id: str = Field(default_factory=new_id, primary_key=True)
    submission_id: str = Field(foreign_key="submission.id", index=True)
    version: int
    channel: str
    fingerprint: str
    people: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """Ids of everybody known to be in the pictures."""
    destinations: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]")
    )
    """Ids of the accounts that it goes to; the empty one is this installation's own pages."""
    approved_by: str
    approved_at: datetime = Field(sa_column=instant())
    voided_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    not_before: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    """The text says where children will be; until then it may not go out (G06)."""


_NOT_OVER = "state NOT IN ('cancelled', 'removed')"


def _once(name: str, *columns: str, where: str) -> Index:
    """At most one row with these values among those that the condition holds for."""
    condition = text(where)
    return Index(name, *columns, unique=True, sqlite_where=condition, postgresql_where=condition)


class Post(SQLModel, table=True):
    """One approved submission on one channel, from its slot to its removal."""

    __tablename__ = "post"
    __table_args__ = (
        # At most one post of a submission at a destination, but for those that are over: on our
        # own pages, and at each account.
        _once(
            "ix_post_once", "submission_id", "channel", where=f"{_NOT_OVER} AND account_id IS NULL"
        ),
        _once("ix_post_once_each", "submission_id", "account_id", where=_NOT_OVER),
        # The lease of an account: nothing else goes out from it while a post of it is sent.
        _once("ix_post_sending", "account_id", where="state = 'sending'"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    submission_id: str = Field(foreign_key="submission.id", index=True)
    approval_id: str = Field(foreign_key="approval.id")
    channel: str
    account_id: str | None = Field(default=None, foreign_key="channel_account.id")
    """None: this installation's own pages."""
    state: str = Field(default="scheduled", index=True)
    due_at: datetime = Field(sa_column=instant(index=True))
    why: list[dict[str, str]] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]")
    )
    """What kept it from an earlier time when it was planned (`timetable.Reason`)."""
    hurried_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Who said that it is to go out as soon as the hours allow, also on a closed day."""
    not_before: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    """The channel asked to be left alone until then, or the next try is due then."""
    references: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Every reference ever prepared for this post; how it is known again on the channel."""
    ready: bool = False
    """References of the present try are stored; the next call may publish."""
    sends: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """How often the channel was, or may have been, asked to publish it."""
    remote_id: str = ""
    url: str = ""
    attempts: int = 0
    last_error: str = ""
    claimed_by: str | None = None
    claimed_until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    unknown_since: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    live_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    removal_reason: str = ""
    """Why it must come down; empty when it may stay."""
    removal_asked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    removed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    kept_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    """When a person last said that it may stay up (P05)."""
    keep_asked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    """Since when an answer to that is awaited."""
    looked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    """When it was last looked up on its channel to see whether it is as it should be."""
    drift: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """What that look found wrong (`drift.FOUND`); empty when it is as it should be."""


class PostPerson(SQLModel, table=True):
    """Who is in a post; finds every live post with a child."""

    __tablename__ = "post_person"

    post_id: str = Field(foreign_key="post.id", primary_key=True)
    person_id: str = Field(primary_key=True, index=True)


class NewsItem(SQLModel, table=True):
    """One item on the school's own news pages: exactly what was approved."""

    __tablename__ = "news_item"

    post_id: str = Field(foreign_key="post.id", primary_key=True)
    text: str
    pictures: list[dict[str, str]] = Field(sa_column=Column(JSON, nullable=False))
    """sha256 and alt of each picture, in order."""
    published_at: datetime = Field(sa_column=instant(index=True))


class AuditEvent(SQLModel, table=True):
    """One link of the audit chain; see `audit`."""

    __tablename__ = "audit_event"

    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_column=instant())
    actor: str = Field(index=True)
    kind: str
    subject: str = Field(index=True)
    data: str
    """Canonical JSON; ids only, never a child's name."""
    mac: str


class AuditHead(SQLModel, table=True):
    """The end of the audit chain, so that a cut tail is noticed. One row."""

    __tablename__ = "audit_head"

    id: int = Field(default=1, primary_key=True)
    seq: int = 0
    mac: str = ""


class Meta(SQLModel, table=True):
    """Small facts about the installation: the key check and the register's change counter."""

    __tablename__ = "meta"

    name: str = Field(primary_key=True)
    value: str
