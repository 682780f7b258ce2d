"""Legal time: every vector of DOMAIN §2, alerts, working days, and the zone rules that count."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import deadlines
from protocol.deadlines import Calendar, Urgency, civil_date, days_left, due_date, urgency

START = datetime(2020, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 15 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-01-05T10:00Z", "2026-03-06"),
        ("2026-01-05T23:30Z", "2026-03-07"),
        ("2026-02-20T23:30Z", "2026-04-21"),
        ("2026-03-25T23:30Z", "2026-05-25"),
        ("2026-12-02T09:00Z", "2027-01-31"),
    ],
)
def test_sixty_days_from_the_civil_date_of_reception(received: str, due: str) -> None:
    assert due_date(datetime.fromisoformat(received)) == date.fromisoformat(due)


def test_the_zone_of_the_moment_does_not_matter() -> None:
    moment = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
    assert due_date(moment.astimezone(timezone(timedelta(hours=-8)))) == date(2026, 3, 7)


def test_only_the_pinned_zone_rules_are_read() -> None:
    assert zoneinfo.TZPATH == ()
    assert deadlines.TZDATA_VERSION >= "2025b"


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        civil_date(START.replace(tzinfo=None))


@given(MOMENTS, st.integers(1, 120))
def test_a_due_date_is_that_many_days_after_the_deposit_day(moment: datetime, days: int) -> None:
    assert days_left(due_date(moment, days), civil_date(moment)) == days


@given(MOMENTS, MOMENTS)
def test_who_comes_first_is_due_first(one: datetime, other: datetime) -> None:
    first, second = sorted((one, other))
    assert due_date(first) <= due_date(second)


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (60, Urgency.NORMAL),
        (16, Urgency.NORMAL),
        (15, Urgency.APPROACHING),
        (6, Urgency.APPROACHING),
        (5, Urgency.SOON),
        (0, Urgency.SOON),
        (-1, Urgency.OVERDUE),
    ],
)
def test_alerts_at_fifteen_and_five_days_and_past_the_date(left: int, expected: Urgency) -> None:
    today = date(2026, 3, 10)
    assert urgency(today + timedelta(days=left), today) is expected


def test_the_days_of_the_alerts() -> None:
    assert deadlines.alert_dates(date(2026, 3, 20)) == (date(2026, 3, 5), date(2026, 3, 15))


class TestCalendar:
    THRONE_DAY = date(2026, 7, 30)
    CALENDAR = Calendar(holidays=deadlines.holidays_of([(7, 30), (8, 14)], 2026))

    def test_week_ends_and_holidays_are_off(self) -> None:
        assert not self.CALENDAR.is_working(self.THRONE_DAY)
        assert not self.CALENDAR.is_working(date(2026, 8, 1))
        assert self.CALENDAR.is_working(date(2026, 7, 31))

    def test_a_due_date_rolls_only_when_asked(self) -> None:
        received = datetime(2026, 5, 31, 9, 0, tzinfo=UTC)
        assert due_date(received) == self.THRONE_DAY
        assert due_date(received, rolled_by=self.CALENDAR) == date(2026, 7, 31)

    def test_the_next_working_day_is_today_when_worked(self) -> None:
        assert deadlines.next_working_day(date(2026, 8, 1), self.CALENDAR) == date(2026, 8, 3)
        assert deadlines.next_working_day(date(2026, 8, 3), self.CALENDAR) == date(2026, 8, 3)

    def test_a_calendar_without_work_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="no working day"):
            deadlines.next_working_day(date(2026, 8, 1), Calendar(weekend=frozenset(range(7))))

    def test_working_days_leave_out_the_first_day_and_days_off(self) -> None:
        assert deadlines.working_days(date(2026, 7, 27), date(2026, 8, 3), self.CALENDAR) == 4
        assert deadlines.working_days(date(2026, 7, 27), date(2026, 7, 27)) == 0
        assert deadlines.working_days(date(2026, 7, 27), date(2026, 7, 20)) == 0


def test_a_clock_five_minutes_off_is_shown() -> None:
    ours = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
    assert not deadlines.is_skewed(ours + timedelta(minutes=5), ours)
    assert deadlines.is_skewed(ours - timedelta(minutes=5, seconds=1), ours)
