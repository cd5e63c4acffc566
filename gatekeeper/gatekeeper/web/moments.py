"""A day and a time as somebody typed them, as a moment at the school."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from gatekeeper_queue.terms import start_of


class NoSuchMoment(ValueError):
    """The school's clock never shows it; the message says why and what to do."""


def moment_of(day: str, time: str, zone: ZoneInfo) -> datetime | None:
    """The moment before which something must not happen, as aware UTC; None when it is no date.

    Where the clocks go back and the time comes twice, it is the second: nothing is too early.
    Raises `NoSuchMoment` for a time that the clocks skip.
    """
    try:
        typed = datetime.strptime(f"{day} {time}", "%Y-%m-%d %H:%M")  # noqa: DTZ007
        moment = typed.replace(tzinfo=zone, fold=1).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) != typed:
        raise NoSuchMoment(
            f"There is no {time} on that day: the clocks go forward. Choose another time."
        )
    return moment


def next_day(day: str, zone: ZoneInfo) -> datetime | None:
    """The first moment after this day; None when it is no date."""
    try:
        return start_of(date.fromisoformat(day) + timedelta(days=1), zone)
    except (ValueError, OverflowError):
        return None
