"""The register's tables. Consent records are only ever added; the newest one counts."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from gatekeeper_consent.answers import Decision, Scope, Use
from gatekeeper_consent.columns import Instant, choice


class Pupil(SQLModel, table=True):
    """One child who is or was on the roll."""

    __tablename__ = "pupil"
    __table_args__ = (sa.Index("ix_pupil_class_name", "class_name"),)

    pupil_id: str = Field(primary_key=True)
    first_name: str
    middle_names: str = ""
    last_name: str
    preferred_name: str = ""
    class_name: str = ""
    year: str = ""
    left_on: date | None = None
    """The day the child was found to be off the roll; from then on nothing is permitted."""


class StaffMember(SQLModel, table=True):
    """One member of staff."""

    __tablename__ = "staff_member"

    staff_id: str = Field(primary_key=True)
    title: str = ""
    first_name: str = ""
    last_name: str
    left_on: date | None = None


class Guardian(SQLModel, table=True):
    """One adult with a say about one or more children."""

    __tablename__ = "guardian"

    id: str = Field(primary_key=True)
    name: str
    email: str = ""
    """Lower case; empty where the school has none. Two guardians may share one."""


class Guardianship(SQLModel, table=True):
    """A guardian's say about one child, from when it was recorded until it was ended."""

    __tablename__ = "guardianship"
    __table_args__ = (sa.Index("ix_guardianship_pupil_id", "pupil_id"),)

    id: int | None = Field(default=None, primary_key=True)
    guardian_id: str = Field(foreign_key="guardian.id", index=True)
    pupil_id: str = Field(foreign_key="pupil.pupil_id")
    relation: str = ""
    """ "mother", "father", "foster carer" …"""
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""


class Protection(SQLModel, table=True):
    """Never to be published, whatever anybody agreed to. Append-only: the highest id counts."""

    __tablename__ = "protection"
    __table_args__ = (sa.Index("ix_protection_pupil_id", "pupil_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    pupil_id: str = Field(foreign_key="pupil.pupil_id")
    protected: bool
    reason: str = ""
    """ "court order", "safeguarding" …; no more than the office must know."""
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str


class ConsentForm(SQLModel, table=True):
    """The scan of a signed form, encrypted."""

    __tablename__ = "consent_form"

    id: str = Field(primary_key=True)
    pupil_id: str = Field(foreign_key="pupil.pupil_id", index=True)
    name: str
    media_type: str
    content: bytes
    """Encrypted."""
    sha256: str
    """Of the scan itself."""
    added_at: datetime = Field(sa_type=Instant)
    added_by: str


class Consent(SQLModel, table=True):
    """One answer of a family, or of one guardian, for one use and scope. Append-only: the
    highest id of each counts (`combining`)."""

    __tablename__ = "consent"
    __table_args__ = (
        sa.Index("ix_consent_newest", "use", "pupil_id", "scope", "id"),
        sa.Index("ix_consent_pupil_id", "pupil_id"),
        # Of whom a guardian has spoken (`standing`).
        sa.Index(
            "ix_consent_of_guardian",
            "pupil_id",
            sqlite_where=sa.text("guardian_id IS NOT NULL"),
            postgresql_where=sa.text("guardian_id IS NOT NULL"),
        ),
        sa.CheckConstraint(
            "decision <> 'yes' OR given_on IS NOT NULL", name="ck_consent_yes_is_dated"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    pupil_id: str = Field(foreign_key="pupil.pupil_id")
    use: Use = Field(sa_type=choice(Use, "ck_consent_use"))
    scope: Scope = Field(sa_type=choice(Scope, "ck_consent_scope"))
    decision: Decision = Field(sa_type=choice(Decision, "ck_consent_decision"))
    given_by: str = ""
    given_on: date | None = None
    expires_on: date | None = None
    withdrawn_on: date | None = None
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    """Id of the user who entered it."""
    guardian_id: str | None = None
    """Whose own answer it is; None: the family's, as a form or the spreadsheet has it."""
    form_id: str | None = None
    """The scan of the signed form, where there is one."""


class BiometricConsent(SQLModel, table=True):
    """Leave to learn one person's face (G02). Append-only: the highest id counts."""

    __tablename__ = "biometric_consent"
    __table_args__ = (sa.Index("ix_biometric_consent_newest", "person_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: str
    """A pupil's or a member of staff's id; the two never share one."""
    given_by: str = ""
    given_on: date | None = None
    child_refused: bool = False
    withdrawn_on: date | None = None
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    guardian_id: str | None = None
    """Whose own answer it is; None: the family's. Any guardian's refusal overrides (G02)."""
    form_id: str | None = None


class ReferenceFace(SQLModel, table=True):
    """One reference picture of a person with biometric consent, encrypted (P06)."""

    __tablename__ = "reference_face"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "digest", name="uq_reference_face_person_digest"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: str
    picture: bytes
    """Encrypted JPEG."""
    digest: str = Field(max_length=64)
    """sha256 hex of the JPEG, so that the same picture is not added twice."""
    added_at: datetime = Field(sa_type=Instant)


class FaceTemplate(SQLModel, table=True):
    """What the engine in use knows of one person's face; made anew for another engine."""

    __tablename__ = "face_template"

    person_id: str = Field(primary_key=True)
    engine: str
    engine_version: str
    vector: bytes
    """Encrypted little-endian float32 values."""
    reference_count: int
    made_at: datetime = Field(sa_type=Instant)


class Erasure(SQLModel, table=True):
    """A child whose record is, or is being, erased (G04). All that stays is a digest of the id,
    so that an old copy of the register does not bring the child back."""

    __tablename__ = "erasure"

    id: str = Field(primary_key=True)
    digest: str = Field(unique=True)
    """Of the pupil's id (`erasing.digest_of`)."""
    pupil_id: str = ""
    """Empty once it is done."""
    asked_by: str
    asked_at: datetime = Field(sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)


class RollImport(SQLModel, table=True):
    """One import of the roll: when the school last said who is there."""

    __tablename__ = "roll_import"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    by: str
    pupils: int


class ColumnMapping(SQLModel, table=True):
    """Which column of a management system's export is what, mapped once and kept."""

    __tablename__ = "column_mapping"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    columns: dict[str, str] = Field(sa_column=sa.Column(sa.JSON, nullable=False))
    """Heading in the export by field of the register."""
    headings: list[str] = Field(sa_column=sa.Column(sa.JSON, nullable=False))
    """All headings of the export that it was made for, by which it is found again."""
    saved_at: datetime = Field(sa_type=Instant)
    saved_by: str


class ImportDraft(SQLModel, table=True):
    """An uploaded export that waits for its preview to be confirmed, encrypted."""

    __tablename__ = "import_draft"

    id: str = Field(primary_key=True)
    name: str
    content: bytes
    """Encrypted file as it was uploaded."""
    columns: dict[str, str] = Field(sa_column=sa.Column(sa.JSON, nullable=False))
    added_at: datetime = Field(sa_type=Instant)
    added_by: str
