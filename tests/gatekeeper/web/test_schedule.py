"""The schedule's page: what goes out when, why then, and moving it; and when an outing is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from gatekeeper.web import create_app
from gatekeeper.web.moments import NoSuchMoment, moment_of
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_queue.models import Approval, Post, Submission
from gatekeeper_queue.school_days import SchoolDays
from gatekeeper_queue.slots import TOO_LATE
from gatekeeper_queue.terms import Span
from gatekeeper_queue.timetable import Reason

WEEK = frozenset(range(5))
OUTING = "Year 5 will be at Elm Park tomorrow at 2pm."
AWAY = Finding("whereabouts", Action.FLAG, "Where and when.", "", ("G06",), None, None, "caption",
               (0, len(OUTING)))  # fmt: skip


def planned(town: Any, name: str, minutes: int, **more: Any) -> None:
    town.submission(name, "approved", caption=f"{name.title()} caption")
    town.post(
        f"p-{name}", name, "scheduled", due_at=town.time.now + timedelta(minutes=minutes), **more
    )


def with_days(town: Any, days: SchoolDays) -> None:
    town.school = replace(town.school, days=days)
    town.app = create_app(town.school, town.settings)


def order(html: str, *names: str) -> list[str]:
    return sorted(names, key=lambda name: html.index(f"{name} caption"))


def test_posts_stand_by_day_and_account_with_their_reasons(town: Any) -> None:
    planned(town, "first", 0)
    planned(town, "second", 15, why=[vars(Reason("spacing"))])
    planned(town, "third", 24 * 60, channel="twitter", account_id="x1", hurried_by="head",
            why=[vars(Reason("closed", "half-term", "2025-11-25"))])  # fmt: skip
    html = town.client("coordinator").get("/calendar").text
    for earlier, later in (
        ("Mon 24 Nov", "Website"), ("Website", "First caption"), ("First caption", "the next free"),
        ("the next free", "Second caption"), ("Second caption", "keeps its distance"),
        ("keeps its distance", "Tue 25 Nov"), ("Tue 25 Nov", "@townschool"),
        ("@townschool", "Third caption"), ("Third caption", "Half-term until Tue 25 Nov 2025"),
    ):  # fmt: skip
        assert html.rindex(later) > html.index(earlier), (earlier, later)


def test_buttons_work_without_script_and_only_where_there_is_somewhere_to_go(town: Any) -> None:
    for number, name in enumerate(("first", "second", "third")):
        planned(town, name, 15 * (number + 1))
    client = town.client("coordinator")
    html = client.get("/calendar").text
    assert html.count('action="/posts/p-') == 3
    for where, number in (("now", 3), ("top", 2), ("earlier", 2), ("later", 2)):
        assert html.count(f'name="where" value="{where}"') == number
    response = client.fill_in("/posts/p-third/move", {"where": "earlier"})
    assert response.headers["location"] == "/calendar?done=moved#p-third"
    html = client.get("/calendar?done=moved").text
    assert "Posts that were in its way have been put off." in html
    assert order(html, "First", "Second", "Third") == ["First", "Third", "Second"]
    client.fill_in("/posts/p-second/move", {"where": "now"})
    assert town.get(Post, "p-second").due_at == town.time.now
    html = client.get("/calendar").text
    assert order(html, "First", "Second", "Third") == ["Second", "First", "Third"]
    assert "a colleague said “now”" in html


def test_a_move_that_is_not_possible_says_why_and_loses_nothing(town: Any) -> None:
    planned(town, "first", 15)
    town.submission("bound", "approved", publish_at=town.time.now + timedelta(hours=3))
    town.post("p-bound", "bound", "scheduled", due_at=town.time.now + timedelta(hours=3))
    client = town.client("head")
    for data, status, says in (
        ({"where": "top"}, 409, "Its author asked for it not to go out sooner."),
        ({"where": "sideways"}, 404, "There is nothing here"),
        ({}, 404, "There is nothing here"),
    ):
        response = client.fill_in("/posts/p-bound/move", data)
        assert (response.status_code, says in response.text) == (status, True)
    assert client.fill_in("/posts/none/move", {"where": "top"}).status_code == 404
    assert town.get(Post, "p-bound").due_at == town.time.now + timedelta(hours=3)


def test_an_author_sees_their_own_and_no_buttons(town: Any) -> None:
    town.person("other", "teacher")
    planned(town, "mine", 5)
    town.submission("theirs", "approved", author="other", caption="Theirs caption")
    town.post("p-theirs", "theirs", "scheduled")
    html = town.client("teacher").get("/calendar").text
    assert "Mine caption" in html
    assert "Theirs caption" not in html
    assert "/move" not in html


def test_the_page_says_when_the_school_is_closed(town: Any) -> None:
    assert "closed" not in town.client("teacher").get("/calendar").text
    half_term = Span(date(2025, 11, 24), date(2025, 11, 28), "Half-term")
    term = Span(date(2025, 9, 1), date(2025, 12, 19), "Autumn")
    with_days(town, SchoolDays(WEEK, (term,), (half_term,), frozenset({date(2025, 12, 1)})))
    html = town.client("teacher").get("/calendar").text
    assert "Today the school is closed: Half-term. Posts wait until 2 Dec 2025" in html
    assert "24 Nov 2025 to 28 Nov 2025: Half-term" in html
    assert "1 Dec 2025: inset day" in html
    assert "20 Dec 2025 to 31 Dec 2025: the school holidays" in html
    assert "ends on 19 Dec 2025. Ask the technician" in html


def test_what_is_overdue_or_will_be_asked_again_says_so(town: Any) -> None:
    planned(town, "late", -30)
    planned(town, "far", 60 * 24 * 31)
    html = town.client("head").get("/calendar").text
    assert "Its time has passed." in html
    assert "Its approval is good until Wed 24 Dec." in html


# --- when an outing is over -----------------------------------------------------------------


def approve(town: Any, **data: str) -> Any:
    seen = town.seen("one")
    return town.client("head").fill_in("/review/one/approve", {"seen": seen, **data})


def not_before(town: Any) -> datetime | None:
    with town.school.database.read() as session:
        return session.exec(select(Approval.not_before)).one()


def test_the_reviewer_is_asked_when_it_is_over(town: Any) -> None:
    town.submission("one", "flagged", caption=OUTING, findings=[AWAY])
    html = town.client("head").get("/review/one").text
    assert "When is it over?" in html
    assert 'name="over_day" value="2025-11-25" form="approve"' in html
    town.submission("two", "flagged", caption="Sports day was great.")
    assert "When is it over?" not in town.client("head").get("/review/two").text


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, datetime(2025, 11, 26, tzinfo=UTC)),
        ({"over_day": "2025-11-25"}, datetime(2025, 11, 26, tzinfo=UTC)),
        (
            {"over_day": "2025-11-25", "over_time": "15:30"},
            datetime(2025, 11, 25, 15, 30, tzinfo=UTC),
        ),
        ({"over_day": "2026-06-12"}, datetime(2026, 6, 12, 23, tzinfo=UTC)),
        ({"over_day": "2025-11-25", "tells_nothing": "yes"}, None),
    ],
)
def test_it_waits_for_what_the_reviewer_says(
    town: Any, data: dict[str, str], expected: datetime | None
) -> None:
    town.submission("one", "flagged", caption=OUTING, findings=[AWAY])
    assert approve(town, **data).status_code == 303
    assert not_before(town) == expected


@pytest.mark.parametrize(
    ("caption", "data", "says"),
    [
        ("Every Monday Year 4 swims at the pool.", {}, "Say when that is over"),
        (OUTING, {"over_day": "2027-11-25"}, "Choose a day within a year from now."),
        (OUTING, {"over_day": "9999-12-31"}, "Write the day when it is over as a date."),
        (OUTING, {"over_day": "soon"}, "Write the day when it is over as a date."),
        (OUTING, {"over_day": "2026-03-29", "over_time": "01:30"}, "There is no 01:30 on that day"),
    ],
)
def test_an_answer_that_cannot_be_used_is_shown_again(
    town: Any, caption: str, data: dict[str, str], says: str
) -> None:
    found = replace(AWAY, span=(0, len(caption)))
    town.submission("one", "flagged", caption=caption, findings=[found])
    response = approve(town, **data)
    assert (response.status_code, says in response.text) == (409, True)
    for value in data.values():
        assert f'value="{value}"' in response.text
    assert town.get(Submission, "one").state == "flagged"


def test_a_post_that_asks_again_says_so_to_its_reviewer(town: Any) -> None:
    town.submission("one", "flagged")
    town.post("post", "one", "cancelled")
    assert "approved before" not in town.client("head").get("/review/one").text
    with town.school.database.write() as session:
        town.school.audit.append(
            session, "gatekeeper", "approval.voided", "approval-post", {"reason": TOO_LATE}
        )
    html = town.client("head").get("/review/one").text
    assert "could not go out at its time, which is long past" in html


# --- times that people type -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day", "time", "expected"),
    [
        ("Europe/London", "2026-03-29", "00:59", "2026-03-29T00:59+00:00"),
        ("Europe/London", "2026-03-29", "01:00", None),
        ("Europe/London", "2026-03-29", "01:59", None),
        ("Europe/London", "2026-03-29", "02:00", "2026-03-29T01:00+00:00"),
        ("Europe/London", "2026-10-25", "00:59", "2026-10-24T23:59+00:00"),
        ("Europe/London", "2026-10-25", "01:30", "2026-10-25T01:30+00:00"),  # the second one
        ("Europe/London", "2026-10-25", "02:00", "2026-10-25T02:00+00:00"),
        ("America/New_York", "2026-03-08", "02:30", None),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01T06:30+00:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", None),
        ("Africa/Cairo", "2026-04-24", "00:30", None),
        ("Asia/Kathmandu", "2026-03-29", "01:30", "2026-03-28T19:45+00:00"),
    ],
)
def test_times_that_the_clocks_skip_or_show_twice(
    zone: str, day: str, time: str, expected: str | None
) -> None:
    if expected is None:
        with pytest.raises(NoSuchMoment, match=f"There is no {time} on that day"):
            moment_of(day, time, ZoneInfo(zone))
    else:
        assert moment_of(day, time, ZoneInfo(zone)) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "time"), [("", "10:00"), ("2026-02-30", "10:00"), ("x", ""), ("0001-01-01", "00:00")]
)
def test_what_is_no_moment(day: str, time: str) -> None:
    assert moment_of(day, time, ZoneInfo("Asia/Kathmandu")) is None
