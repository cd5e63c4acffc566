"""States, channels, times and likenesses in words that people use."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gatekeeper.channels import platform_called
from gatekeeper_queue.models import Account
from gatekeeper_queue.states import OVER, PostState, SubmissionState

if TYPE_CHECKING:
    from gatekeeper_detectors.faces.enrol import Reference

CHANNEL_NAMES = {
    "website": "Website",
    "twitter": "Twitter/X",
    "parents": "Parents’ area",
    "display": "Displays in school",
}


def channel_name(channel: str) -> str:
    return CHANNEL_NAMES.get(channel, channel)


def account_name(account: Account) -> str:
    """ "Twitter/X @school", "WordPress www.school.example"."""
    title = platform_title(account.platform)
    return f"{title} {handle_shown(account.channel, account.handle)}"


def platform_title(name: str) -> str:
    platform = platform_called(name)
    return platform.title if platform else name


def handle_shown(channel: str, handle: str) -> str:
    """ "@school" on a social network; a site's address as it is."""
    return f"@{handle.lstrip('@')}" if channel == "twitter" else handle


@dataclass(frozen=True)
class StateWords:
    """How a state is shown: a word, a sentence, and a look (colour and shape)."""

    word: str
    sentence: str
    look: str
    """`wait`, `no`, `ask`, `ok` or `off`; each has its colour and icon."""


SUBMISSION_WORDS: dict[str, StateWords] = {
    SubmissionState.WAITING: StateWords("Waiting", "Waiting to be checked.", "wait"),
    SubmissionState.CHECKING: StateWords("Checking", "Being checked now.", "wait"),
    SubmissionState.REJECTED: StateWords("Not allowed", "This cannot be published as it is.", "no"),
    SubmissionState.FLAGGED: StateWords(
        "With a colleague", "A colleague has to look at this before it goes out.", "ask"
    ),
    SubmissionState.CLEAR: StateWords(
        "Checked", "The checks found nothing wrong. A colleague will approve it.", "ask"
    ),
    SubmissionState.APPROVED: StateWords("Approved", "Approved. It goes out as planned.", "ok"),
    SubmissionState.RETURNED: StateWords("Sent back", "A colleague sent this back to you.", "no"),
    SubmissionState.DISCARDED: StateWords("Discarded", "Discarded. It was not published.", "off"),
}

_PUBLISHED = StateWords("Published", "Published. Below is where it can be seen.", "ok")
_TAKEN_DOWN = StateWords("Taken down", "Taken down. It can no longer be seen.", "off")


def author_words(state: str, posts: Collection[str]) -> StateWords:
    """The state as its author reads it; of what was approved, its posts tell the rest."""
    if state == SubmissionState.DISCARDED and PostState.REMOVED in posts:
        return _TAKEN_DOWN
    if state != SubmissionState.APPROVED or not posts:
        return SUBMISSION_WORDS[state]
    if PostState.FAILED in posts:
        return _FAILED
    if PostState.LIVE in posts:
        return _PUBLISHED
    if set(posts) == {PostState.CANCELLED}:
        return _CANCELLED
    return _TAKEN_DOWN if set(posts) <= set(OVER) else SUBMISSION_WORDS[state]


_FAILED = StateWords(
    "Not sent",
    "It was approved, but could not be sent. “Check again” tries once more.",
    "no",
)
_CANCELLED = StateWords(
    "Cancelled", "It was approved, and then cancelled before it was sent.", "off"
)

_FOR_REVIEWERS: dict[str, StateWords] = {
    SubmissionState.FLAGGED: StateWords("To decide", "The checks ask for a person.", "ask"),
    SubmissionState.CLEAR: StateWords("To approve", "The checks found nothing wrong.", "ask"),
}


def review_words(state: str, posts: Collection[str]) -> StateWords:
    """The state of somebody else's submission, as its reviewer reads it."""
    return _FOR_REVIEWERS.get(state) or author_words(state, posts)


POST_WORDS: dict[str, StateWords] = {
    PostState.SCHEDULED: StateWords("Scheduled", "Waits for its time.", "wait"),
    PostState.SENDING: StateWords("Going out", "Is being sent now.", "wait"),
    PostState.UNKNOWN: StateWords(
        "Being looked for", "The channel’s answer was lost. It is being looked for there.", "ask"
    ),
    PostState.LIVE: StateWords("Live", "Can be seen.", "ok"),
    PostState.FAILED: StateWords("Failed", "Was not sent.", "no"),
    PostState.REMOVING: StateWords(
        "Being taken down", "Being taken down; we look until it is gone.", "wait"
    ),
    PostState.REMOVED: StateWords("Removed", "Removed, and checked to be gone.", "off"),
    PostState.CANCELLED: StateWords("Cancelled", "Was never sent.", "off"),
}

REMOVAL_WORDS = {
    "incident": "incident mode",
    "expired": "nobody said that it may stay",
    "objected to": "a parent objected",
    "erasure": "a child is erased",
}
"""Reasons to come down that are short for what they mean."""

_STUBBORN = StateWords(
    "Not gone yet", "Could not be removed yet; it is tried again until it is gone.", "no"
)


_BY_HAND = StateWords("To put up", "It waits for somebody to put it on the site.", "ask")


def post_words(state: str, attempts: int, platform: str = "") -> StateWords:
    """The state of a post; a removal alarms once an attempt has failed."""
    if platform == "by-hand" and state == PostState.UNKNOWN:
        return _BY_HAND
    return _STUBBORN if state == PostState.REMOVING and attempts else POST_WORDS[state]


CONSENT_WORDS = {"yes": "Yes", "no": "No", "unknown": "No answer"}

_VERY_LIKE, _LIKE = 0.4, 0.5
"""Distances of the face engine. Half of all children are within .6 of each other."""


def likeness(distance: float) -> str:
    """How much a face resembles somebody, by its distance."""
    if distance <= _VERY_LIKE:
        return "very like"
    return "like" if distance <= _LIKE else "a little like"


_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("Chrome/", "Chrome"), ("CriOS", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("CrOS", "ChromeOS"), ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def quality(reference: Reference) -> str:
    """How good a reference picture is: "The face is large, sharp and straight ahead."."""
    height = reference.box.height
    size = "large" if height >= _LARGE else "large enough"
    sharp = "sharp" if reference.sharpness >= _SHARP else "a little soft"
    straight = "straight ahead" if abs(reference.turn) < _STRAIGHT else "turned a little"
    return f"The face is {size} ({height} pixels), {sharp}, and looks {straight}."


_LARGE, _SHARP, _STRAIGHT = 120, 0.05, 0.3
"""About twice what a face needs (`Thresholds`): it shows how much there is to spare."""


def browser_name(user_agent: str) -> str:
    """ "Chrome on Linux"; what the browser says itself where it is not known."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or user_agent[:80] or "Unknown browser"


def count(number: int, one: str, many: str = "") -> str:
    """ "1 face", "4 faces"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def period(days: int) -> str:
    """ "90 days", "1 year", "3 years": whole years are told as such."""
    return count(days, "day") if days % 365 or not days else count(days // 365, "year")


def plain_date(day: date | None) -> str:
    """ "24 Nov 2025"; a dash for no day."""
    return f"{day.day} {day:%b %Y}" if day else "–"


@dataclass(frozen=True)
class Clock:
    """Moments as people at the school say them."""

    now: Callable[[], datetime]
    zone: ZoneInfo

    def when(self, moment: datetime | None) -> str:
        """ "Tue 24 Nov, 09:15"; with the year when it is not this one."""
        if moment is None:
            return ""
        return f"{self.day(moment)}, {self.time(moment)}"

    def day(self, moment: datetime) -> str:
        local, today = moment.astimezone(self.zone), self.now().astimezone(self.zone)
        year = "" if local.year == today.year else f" {local.year}"
        return f"{local:%a} {local.day} {local:%b}{year}"

    def time(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%H:%M}"

    def ago(self, moment: datetime) -> str:
        """ "5 minutes ago", "2 days ago"."""
        past = max(self.now() - moment, timedelta())
        for unit, name in (
            (timedelta(days=1), "day"),
            (timedelta(hours=1), "hour"),
            (timedelta(minutes=1), "minute"),
        ):
            if past >= unit:
                return f"{count(past // unit, name)} ago"
        return "just now"
