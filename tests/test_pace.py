"""Back-off: full jitter from one second to one minute, never sooner than the server asked."""

import pytest

from sync.errors import ClientTooOld, Offline, ServerFault, TooMany
from sync.pace import Pace


def test_the_ceiling_doubles_from_one_second_to_one_minute():
    pace = Pace(lambda: 1.0)
    assert [pace.failed(Offline()) for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert pace.failures == 9


@pytest.mark.parametrize("drawn", [0.0, 0.25, 0.999])
def test_the_delay_is_drawn_from_the_whole_range(drawn):
    pace = Pace(lambda: drawn)
    pace.failed(Offline())
    assert pace.failed(Offline()) == pytest.approx(2 * drawn)


def test_a_success_starts_again_from_one_second():
    pace = Pace(lambda: 1.0)
    for _ in range(5):
        pace.failed(Offline())
    pace.succeeded()
    assert pace.failed(Offline()) == 1 and pace.failures == 1


def test_the_server_is_never_asked_sooner_than_it_said():
    pace = Pace(lambda: 0.0)
    assert pace.failed(TooMany(retry_after=30.0)) >= 30
    assert pace.failed(ServerFault(retry_after=12.0)) == 12


def test_too_many_without_a_time_waits_at_least_a_second():
    assert Pace(lambda: 0.0).failed(TooMany()) == 1


def test_a_build_that_is_too_old_asks_rarely():
    assert Pace(lambda: 0.5).failed(ClientTooOld()) == 3600
