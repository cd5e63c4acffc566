"""Several people speak for one child: what their answers come to. Pure.

Each key (a pupil's use and scope, or a person's face) has one stream of records of the
family, as forms and the spreadsheet have them, and one of each guardian. Only the newest
record of a stream counts. Where two disagree, the stricter counts (P01, G02).
"""

from __future__ import annotations

from collections.abc import Collection, Set
from typing import Generic, NamedTuple, Protocol, Self, TypeVar


class Row(Protocol):
    """A record as `combined` needs it; one that neither stands nor refuses says nothing."""

    @property
    def stands(self) -> bool: ...
    @property
    def refuses(self) -> bool: ...
    def cleared(self) -> Self: ...


Value = TypeVar("Value", bound=Row)


class Said(NamedTuple, Generic[Value]):
    """The newest record of one stream."""

    id: int
    """Records are numbered in the order in which they were made."""
    guardian_id: str | None
    """None: the family's stream."""
    row: Value


def combined(said: Collection[Said[Value]], current: Set[str]) -> Value | None:
    """What counts of the newest record of each stream; `current` are the child's guardians.

    A refusal in any stream counts, but for one thing: what the only guardian of a child says
    replaces an older record of the family's. Otherwise the newest yes counts. A guardian whose
    say has ended goes on to refuse, as part of the family, until the family says something
    newer; their yes is no longer held, and neither is an older yes of the family's.
    """
    if len(said) == 1 and (only := next(iter(said))).guardian_id is None:
        return only.row  # nearly always so, and a register has tens of thousands of answers
    own = [each for each in said if each.guardian_id in current and _says(each)]
    family = _family([each for each in said if each.guardian_id not in current])
    if family is not None and len(current) == 1 and own and own[0].id > family.id:
        family = None
    counting = own if family is None else [family, *own]
    deciding = (
        [each for each in counting if each.row.refuses]
        or [each for each in counting if each.row.stands]
        or counting
    )
    return max(deciding, key=lambda each: each.id).row if deciding else None


def _says(said: Said[Value]) -> bool:
    return said.row.refuses or said.row.stands


def _family(said: Collection[Said[Value]]) -> Said[Value] | None:
    """The family's own record, or what a guardian whose say has ended leaves behind."""
    ended = [each for each in said if each.guardian_id is not None]
    held = [each for each in said if each.guardian_id is None or each.row.refuses]
    lapsed = [each for each in ended if each.row.stands]
    newest = max(held, key=lambda each: each.id, default=None)
    last = max(lapsed, key=lambda each: each.id, default=None)
    if last is None or (newest is not None and (newest.row.refuses or newest.id > last.id)):
        return newest
    return Said(last.id, None, last.row.cleared())
