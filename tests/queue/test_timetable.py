"""Free times: within the hours, on school days, at their distance, and always the earliest."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_queue.school_days import SchoolDays
from gatekeeper_queue.terms import Span
from gatekeeper_queue.timetable import Reason, Timetable

LONDON = ZoneInfo("Europe/London")
EVERY_DAY = SchoolDays()
MINUTE = timedelta(minutes=1)


def local(text: str, zone: ZoneInfo = LONDON, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def at(*times: str) -> tuple[int, ...]:
    return tuple(60 * int(text[:2]) + int(text[3:]) for text in times)


# --- the promises ---------------------------------------------------------------------------

ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
         "Africa/Cairo", "America/Havana", "Pacific/Chatham", "UTC")  # fmt: skip
CHANGES = (
    datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC),  # London
    datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC),  # New York
    datetime(2026, 4, 4, 15, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC),  # Lord Howe
    datetime(2026, 4, 23, 22, tzinfo=UTC), datetime(2026, 10, 29, 21, tzinfo=UTC),  # Cairo
    datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 11, 1, 5, tzinfo=UTC),  # Havana
)  # fmt: skip
NEAR_A_CHANGE = st.builds(
    lambda change, minutes, seconds: change + timedelta(minutes=minutes, seconds=seconds),
    st.sampled_from(CHANGES),
    st.integers(-1800, 600),
    st.sampled_from([0, 0, 1, 30, 59]),
)


@st.composite
def timetables(draw: st.DrawFn) -> Timetable:
    """Any timetable in which some minute of some day is free."""
    opens = draw(st.sampled_from([0, 1, 60, 90, 125, 7 * 60, 12 * 60]))
    closes = draw(st.sampled_from([opens + 1, opens + 30, opens + 300, 24 * 60]))
    start = draw(st.integers(opens, closes - 1))
    quiet = draw(st.sampled_from([(), (), ((start, min(start + 20, closes)),)]))
    free = [n for n in range(opens, closes) if not any(a <= n < b for a, b in quiet)]
    if not free:
        quiet, free = (), list(range(opens, closes))
    times = draw(st.lists(st.sampled_from(free), max_size=3, unique=True))
    return Timetable(
        opens,
        closes,
        quiet,
        tuple(sorted(times)),
        frozenset(draw(st.sets(st.integers(0, 6), min_size=2))),
        timedelta(minutes=draw(st.sampled_from([0, 1, 15, 45, 180]))),
    )


CALENDARS = st.builds(
    lambda first, length, inset: SchoolDays(
        holidays=(Span(first, first + timedelta(days=length)),), inset_days=frozenset(inset)
    ),
    st.dates(date(2026, 3, 1), date(2026, 11, 5)),
    st.integers(0, 3),
    st.sets(st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), date(2026, 10, 26)])),
)


def _allows(made: Timetable, moment: datetime, zone: ZoneInfo, days: SchoolDays) -> bool:
    """The rules once more, as a teacher would read them off a clock on the wall."""
    clock = moment.astimezone(zone)
    minute = clock.hour * 60 + clock.minute
    if clock.date() in days.inset_days or any(
        one.first <= clock.date() <= one.last for one in days.holidays
    ):
        return False
    if clock.weekday() not in made.weekdays or minute < made.opens or minute >= made.closes:
        return False
    if any(start <= minute < end for start, end in made.quiet):
        return False
    on_time = any(f"{m // 60:02}:{m % 60:02}:00" == clock.strftime("%H:%M:%S") for m in made.times)
    return not made.times or (on_time and clock.fold == 0)


@given(
    timetables(),
    st.sampled_from(ZONES).map(ZoneInfo),
    CALENDARS,
    NEAR_A_CHANGE,
    st.lists(st.integers(-60, 60 * 48), max_size=12),
)
def test_the_earliest_time_that_is_allowed_and_no_other(made, zone, days, earliest, others) -> None:
    taken = [earliest + number * MINUTE for number in others]
    slot = made.next_free(earliest, taken, zone, days)

    def fits(moment: datetime) -> bool:
        near = any(abs(moment - other) < made.spacing for other in taken)
        return _allows(made, moment, zone, days) and not near

    assert slot.moment >= earliest
    assert fits(slot.moment)
    assert (slot.why == ()) == (slot.moment == earliest)
    # No minute before it fits: each whole minute, and each distance from another post.
    first = earliest.replace(second=0) + MINUTE
    minutes = [first + number * MINUTE for number in range(0, 60 * 24 * 9)]
    before = [m for m in [earliest, *minutes, *(t + made.spacing for t in taken)]
              if earliest <= m < slot.moment]  # fmt: skip
    assert not [moment for moment in before if fits(moment)][:1]


@given(timetables(), st.sampled_from(ZONES).map(ZoneInfo), NEAR_A_CHANGE, st.integers(1, 25))
def test_each_of_many_posts_gets_a_time_and_none_waits_for_ever(made, zone, start, number) -> None:
    taken: list[datetime] = []
    for _ in range(number):
        taken.append(made.next_free(start, taken, zone, EVERY_DAY).moment)
    gaps = [after - before for before, after in pairwise(taken)]
    assert all(gap >= made.spacing for gap in gaps)  # in the order of asking, so nobody starves
    # At least one goes out on each day of the week that is allowed, whatever the clocks do; only
    # an hour that is skipped can cost a day its slots.
    assert taken[-1] - start <= timedelta(days=7 * number + 14)


@given(NEAR_A_CHANGE, st.sampled_from(ZONES).map(ZoneInfo), timetables())
def test_the_same_question_has_the_same_answer_in_every_zone_of_asking(start, zone, made) -> None:
    elsewhere = start.astimezone(ZoneInfo("Asia/Tokyo"))
    assert made.next_free(elsewhere, [], zone, EVERY_DAY) == made.next_free(
        start, [], zone, EVERY_DAY
    )


# --- the clock changes of the UK ------------------------------------------------------------

NIGHT = Timetable(opens=0, closes=24 * 60, spacing=timedelta())


@pytest.mark.parametrize(
    ("times", "earliest", "expected"),
    [
        # The evening before each change, and the morning after: seven is seven by the new time.
        ((), "2026-03-28T19:59", "2026-03-28T19:59+00:00"),
        ((), "2026-03-28T20:00", "2026-03-29T07:00+01:00"),
        ((), "2026-10-24T20:00", "2026-10-25T07:00+00:00"),
        (("07:30",), "2026-03-28T08:00", "2026-03-29T07:30+01:00"),
        (("07:30",), "2026-10-24T08:00", "2026-10-25T07:30+00:00"),
    ],
)
def test_school_hours_follow_the_wall_clock(times, earliest, expected) -> None:
    made = Timetable(times=at(*times))
    slot = made.next_free(local(earliest), [], LONDON, EVERY_DAY)
    assert slot.moment == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("times", "earliest", "expected"),
    [
        # 29 March 2026: 00:59 is followed by 02:00.
        (("00:59",), "2026-03-29T00:30+00:00", "2026-03-29T00:59+00:00"),
        (("01:00",), "2026-03-29T00:30+00:00", "2026-03-30T01:00+01:00"),
        (("01:30",), "2026-03-29T00:30+00:00", "2026-03-30T01:30+01:00"),
        (("02:00",), "2026-03-29T00:30+00:00", "2026-03-29T02:00+01:00"),
        # 25 October 2026: 01:59 is followed by 01:00 once more.
        (("01:00",), "2026-10-25T00:30+01:00", "2026-10-25T01:00+01:00"),
        (("01:30",), "2026-10-25T01:10+01:00", "2026-10-25T01:30+01:00"),
        (("01:30",), "2026-10-25T01:31+01:00", "2026-10-26T01:30+00:00"),  # not the second 01:30
        (("02:00",), "2026-10-25T01:30+01:00", "2026-10-25T02:00+00:00"),
    ],
)
def test_a_fixed_time_in_the_hour_that_is_skipped_or_comes_twice(times, earliest, expected) -> None:
    made = Timetable(0, 24 * 60, times=at(*times))
    slot = made.next_free(datetime.fromisoformat(earliest), [], LONDON, EVERY_DAY)
    assert slot.moment == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("opens", "closes", "earliest", "expected"),
    [
        # Opens within the hour that is skipped: at once when the clock is past it.
        ("01:30", "05:00", "2026-03-29T00:10+00:00", "2026-03-29T02:00+01:00"),
        # Closes within it: nothing of the day is left.
        ("01:00", "02:00", "2026-03-29T00:10+00:00", "2026-03-30T01:00+01:00"),
        # The hour comes twice: open both times, by the clock on the wall.
        ("01:00", "01:20", "2026-10-25T01:19+01:00", "2026-10-25T01:19+01:00"),
        ("01:00", "01:20", "2026-10-25T01:20+01:00", "2026-10-25T01:00+00:00"),
        ("01:30", "05:00", "2026-10-25T00:10+01:00", "2026-10-25T01:30+01:00"),
    ],
)
def test_hours_that_begin_or_end_at_a_change(opens, closes, earliest, expected) -> None:
    made = Timetable(*at(opens), *at(closes))
    slot = made.next_free(datetime.fromisoformat(earliest), [], LONDON, EVERY_DAY)
    assert slot.moment == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("change", "expected_gap_on_the_clock"),
    [("2026-03-29T00:55+00:00", "02:10"), ("2026-10-25T01:55+01:00", "01:10")],
)
def test_distance_is_time_that_passes_not_what_the_clock_says(
    change, expected_gap_on_the_clock
) -> None:
    made = Timetable(0, 24 * 60, spacing=timedelta(minutes=15))
    first = datetime.fromisoformat(change)
    slot = made.next_free(first, [first], LONDON, EVERY_DAY)
    assert slot.moment - first == timedelta(minutes=15)
    assert f"{slot.moment.astimezone(LONDON):%H:%M}" == expected_gap_on_the_clock


@pytest.mark.parametrize(
    ("zone", "earliest", "expected"),
    [
        ("America/New_York", "2026-03-07T21:00-05:00", "2026-03-08T07:00-04:00"),
        ("America/New_York", "2026-10-31T21:00-04:00", "2026-11-01T07:00-05:00"),
        ("Australia/Lord_Howe", "2026-10-03T21:00+10:30", "2026-10-04T07:00+11:00"),
        ("Asia/Kathmandu", "2026-03-28T20:30+05:45", "2026-03-29T07:00+05:45"),
        ("Pacific/Kiritimati", "2026-03-28T20:30+14:00", "2026-03-29T07:00+14:00"),
    ],
)
def test_zones_elsewhere(zone, earliest, expected) -> None:
    slot = Timetable().next_free(datetime.fromisoformat(earliest), [], ZoneInfo(zone), EVERY_DAY)
    assert slot.moment == datetime.fromisoformat(expected)


def test_a_day_that_begins_at_one_and_a_day_that_does_not_exist() -> None:
    cairo = Timetable(0, 24 * 60, on_closed_days=True, weekdays=frozenset({4}))
    slot = cairo.next_free(
        local("2026-04-23T12:00", ZoneInfo("Africa/Cairo")), [], ZoneInfo("Africa/Cairo"), EVERY_DAY
    )
    assert slot.moment == datetime.fromisoformat("2026-04-24T01:00+03:00")
    apia = ZoneInfo("Pacific/Apia")  # went from 29 to 31 December 2011
    slot = Timetable().next_free(datetime(2011, 12, 30, 9, 30, tzinfo=UTC), [], apia, EVERY_DAY)
    assert slot.moment.astimezone(apia).isoformat() == "2011-12-31T07:00:00+14:00"


# --- why a post is when it is ---------------------------------------------------------------

WEEK = frozenset(range(5))
HALF_TERM = SchoolDays(WEEK, holidays=(Span(date(2026, 10, 26), date(2026, 10, 30), "Half-term"),))


@pytest.mark.parametrize(
    ("earliest", "taken", "moment", "why"),
    [
        ("2026-10-20T10:00", [], "2026-10-20T10:00", []),
        ("2026-10-20T10:00", ["2026-10-20T09:45"], "2026-10-20T10:00", []),
        ("2026-10-20T10:00", ["2026-10-20T09:46"], "2026-10-20T10:01", ["spacing"]),
        ("2026-10-20T10:00", ["2026-10-20T10:14"], "2026-10-20T10:29", ["spacing"]),
        ("2026-10-20T10:00", ["2026-10-20T10:15"], "2026-10-20T10:00", []),
        ("2026-10-20T05:00", [], "2026-10-20T07:00", ["hours"]),
        ("2026-10-20T20:00", [], "2026-10-21T07:00", ["hours"]),
        ("2026-10-20T19:59", ["2026-10-20T19:50"], "2026-10-21T07:00", ["spacing", "hours"]),
        ("2026-10-16T20:00", [], "2026-10-19T07:00", ["closed weekend 2026-10-19"]),
        ("2026-10-23T20:00", [], "2026-11-02T07:00", ["closed Half-term 2026-11-02"]),
        ("2026-10-28T10:00", [], "2026-11-02T07:00", ["closed Half-term 2026-11-02"]),
    ],
)
def test_the_reasons_say_what_it_waits_for(earliest, taken, moment, why) -> None:
    slot = Timetable().next_free(local(earliest), map(local, taken), LONDON, HALF_TERM)
    assert slot.moment == local(moment)
    assert [_said(reason) for reason in slot.why] == why


def _said(reason: Reason) -> str:
    return " ".join(part for part in (reason.kind, reason.name, reason.until) if part)


@pytest.mark.parametrize(
    ("earliest", "expected"),
    [
        ("08:29", "08:29"), ("08:30", "09:15"), ("09:14", "09:15"), ("09:15", "09:15"),
        ("15:00", "15:10"), ("15:05", "15:10"), ("19:30", "2026-10-21T07:00"),
    ],
)  # fmt: skip
def test_quiet_hours_within_the_day(earliest, expected) -> None:
    quiet = tuple((at(start)[0], at(end)[0]) for start, end in
                  (("08:30", "09:15"), ("15:00", "15:10"), ("19:30", "20:00")))  # fmt: skip
    made = Timetable(quiet=quiet)
    slot = made.next_free(local(f"2026-10-20T{earliest}"), [], LONDON, EVERY_DAY)
    assert slot.moment == local(expected if "T" in expected else f"2026-10-20T{expected}")


def test_haste_opens_closed_days_but_not_the_night() -> None:
    made = Timetable(times=at("12:00"), weekdays=frozenset({0})).for_haste()
    saturday = "2026-10-24"
    for asked, expected in (("10:07", f"{saturday}T10:07"), ("21:00", "2026-10-25T07:00")):
        slot = made.next_free(local(f"{saturday}T{asked}"), [], LONDON, HALF_TERM)
        assert slot.moment == local(expected)


def test_settings_that_leave_no_time_are_a_clear_error_and_no_endless_search() -> None:
    with pytest.raises(ValueError, match="no time is free"):
        Timetable(9 * 60, 9 * 60).next_free(local("2026-10-20T10:00"), [], LONDON, EVERY_DAY)
