"""The reviewer's answer to when that is over of which a text tells (G06)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from gatekeeper.web.moments import NoSuchMoment, moment_of, next_day
from gatekeeper.web.security import Form
from gatekeeper_queue.models import Submission
from gatekeeper_queue.outings import Outing
from gatekeeper_queue.slots import TOO_LATE, TOO_OLD

AGAIN = {
    TOO_OLD: "This was approved before, but too long ago to count. Is it still right?",
    TOO_LATE: "This was approved before, but could not go out at its time, which is long past. "
    "Is it still right?",
}
"""Why a person is asked once more."""


@dataclass(frozen=True)
class OverForm:
    """The fields as they were typed."""

    day: str = ""
    time: str = ""
    tells_nothing: bool = False

    def moment(self, zone: ZoneInfo) -> datetime | None:
        """The moment, as aware UTC; None where no day is given. Raises `NoSuchMoment`."""
        if not self.day:
            return None
        found = moment_of(self.day, self.time, zone) if self.time else next_day(self.day, zone)
        if found is None:
            raise NoSuchMoment("Write the day when it is over as a date.")
        return found


def over_in(form: Form) -> OverForm:
    return OverForm(
        form.text("over_day").strip(),
        form.text("over_time").strip(),
        form.text("tells_nothing") == "yes",
    )


def over_form(outing: Outing | None, row: Submission, zone: ZoneInfo) -> OverForm:
    """What is offered: the day that the text names, or the moment that its author gave where
    that is on it or later."""
    if outing is None or outing.last_day is None:
        return OverForm()
    asked = row.publish_at.astimezone(zone) if row.publish_at else None
    if asked and asked.date() >= outing.last_day:
        return OverForm(f"{asked:%Y-%m-%d}", f"{asked:%H:%M}")
    return OverForm(outing.last_day.isoformat())
