"""Numbers and times as governors read them."""

from __future__ import annotations

from datetime import date, timedelta

from gatekeeper_queue.change_kinds import KINDS


def lasting(time: timedelta | None) -> str:
    """ "35 min", "3 h 20 min", "2 days 4 h"; a dash for nothing measured."""
    if time is None:
        return "–"
    minutes = round(time.total_seconds() / 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} {'day' if days == 1 else 'days'}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {rest} min" if rest else "")
    return f"{rest} min" if minutes else "under a minute"


def percent(share: float | None, digits: int = 0) -> str:
    """ "12 %"; a dash for a share of nothing."""
    return "–" if share is None else f"{share * 100:.{digits}f} %"


def change_words(kind: str) -> str:
    """What kind of safeguard it is."""
    return KINDS[kind].title if kind in KINDS else kind.replace("-", " ")


def day(on: date | None) -> str:
    return f"{on.day} {on:%B %Y}" if on else "never"
