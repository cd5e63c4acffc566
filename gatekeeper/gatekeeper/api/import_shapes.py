"""What is sent and taken when the register is imported."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import Field

from gatekeeper.api.shapes import Name, Shape
from gatekeeper.importing import Permitted
from gatekeeper.web.import_views import Group, Told
from gatekeeper.web.register_uploads import Columns, Preview, RollView
from gatekeeper_consent.answers import Scope, Use
from gatekeeper_consent.exports.fields import FIELDS


class SavedColumns(Shape):
    """Columns that somebody named; files with the same headings need no other."""

    name: str
    columns: dict[str, str]
    """Heading by field."""


class RollOut(Shape):
    """How old the roll is."""

    imported_at: datetime | None
    """When it was last imported or said to be complete."""
    stale_after_days: int
    """After which it counts as stale; 0: never."""
    saved_columns: list[SavedColumns]


class UploadOut(Shape):
    """Files that wait."""

    id: str
    columns_known: bool
    """Where false, somebody says first what the columns are."""


class FieldOut(Shape):
    """What a column can be."""

    key: str
    label: str
    group: str
    required: bool


class ColumnsOut(Shape):
    """What the columns of a file are, or probably are."""

    name: str
    headings: list[str]
    columns: dict[str, str]
    """Heading by field."""
    unused: list[str]
    samples: dict[str, list[str]]
    """The first few different cells of each column."""
    fields: list[FieldOut]


class ColumnsIn(Shape):
    """What the columns of a file are."""

    name: Name
    """To keep them under."""
    columns: dict[str, str]
    """Heading by field."""


class ToldOut(Shape):
    """Something in the file to correct or to know."""

    where: str
    message: str


class GroupOut(Shape):
    """People whom something happens to."""

    title: str
    lines: list[str]


class PermissionsOut(Shape):
    """Children who lose or get leave for one use."""

    use: Use
    scope: Scope
    pupils: list[str]
    """Their ids."""


class PreviewOut(Shape):
    """What an import would change. Nothing is changed yet."""

    name: str
    digest: str
    """To be sent to confirm just this; empty where it would be refused."""
    refusal: str
    """Why it would be refused as it is."""
    needs_confirm_removals: str
    """How much of what would go, where that is so much that it has to be said once more."""
    nothing: bool
    """Does the register say all this already?"""
    rows: int
    mistakes: int
    errors: list[ToldOut]
    """What is wrong in the file: it is refused, unless these rows are left out."""
    unusable: bool
    """A whole file cannot be used, so that there is nothing to go on with."""
    warnings: list[ToldOut]
    notes: list[str]
    """What the file does not speak of, and so stays or goes."""
    consequences: list[GroupOut]
    people: list[GroupOut]
    lost: list[PermissionsOut]
    gained: list[PermissionsOut]
    taken_down: list[str]
    """Ids of the posts that come down."""
    rechecked: int
    """How many waiting submissions are checked again."""


class ConfirmIn(Shape):
    """The preview that is confirmed."""

    digest: Annotated[str, Field(min_length=1, max_length=200)]
    leave_out: bool = False
    """As it was asked for."""
    confirm_removals: bool = False
    """Yes, so much is to go."""


class ImportedOut(Shape):
    """It was imported."""

    event: int
    """Its number in the audit log."""
    taken_down: list[str]
    """Ids of the posts that come down because of it."""


def roll_out(view: RollView) -> RollOut:
    return RollOut(
        imported_at=view.imported_at,
        stale_after_days=view.stale_after,
        saved_columns=[SavedColumns.of(row) for row in view.mappings],
    )


def columns_out(found: Columns) -> ColumnsOut:
    return ColumnsOut(
        name=found.name,
        headings=list(found.table.headings),
        columns=dict(found.chosen),
        unused=found.unused,
        samples=found.samples,
        fields=[FieldOut.of(field) for field in FIELDS],
    )


def preview_out(found: Preview) -> PreviewOut:
    """The preview in words, and with ids for programs."""
    view, outcome = found.view, found.outcome
    return PreviewOut(
        name=found.draft.name,
        digest=view.fingerprint,
        refusal=found.refusal,
        needs_confirm_removals=view.refused,
        nothing=view.nothing,
        rows=view.rows,
        mistakes=view.mistakes,
        errors=_told(view.errors),
        unusable=view.unusable,
        warnings=_told(view.warnings),
        notes=list(view.notes),
        consequences=_groups(view.consequences),
        people=_groups(view.people),
        lost=_permissions(outcome.lost if outcome else {}),
        gained=_permissions(outcome.gained if outcome else {}),
        taken_down=list(outcome.taken_down) if outcome else [],
        rechecked=view.rechecked,
    )


def _told(found: Iterable[Told]) -> list[ToldOut]:
    return [ToldOut.of(one) for one in found]


def _groups(found: Iterable[Group]) -> list[GroupOut]:
    return [GroupOut(title=one.title, lines=list(one.lines)) for one in found]


def _permissions(found: Permitted) -> list[PermissionsOut]:
    return [
        PermissionsOut(use=use, scope=scope, pupils=sorted(ids))
        for (use, scope), ids in found.items()
    ]
