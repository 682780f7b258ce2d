"""What a desk tells of itself with its pulls, and asks of others, over real loopback sockets."""

from datetime import UTC, datetime

import pytest

from sync import errors
from tests.test_transport import Answer, server, wire  # noqa: F401 (fixtures)


@pytest.fixture
def linked(request):
    """The answering server and a connection to it."""
    return request.getfixturevalue("server"), request.getfixturevalue("wire")


def test_a_pull_tells_of_this_desk_only_what_it_was_given_to_tell(linked):
    answering, desk = linked
    answering.answers = [Answer(kind="application/x-ndjson"), Answer(kind="application/x-ndjson")]
    desk.pull("c", 1)
    desk.standing = lambda: "2;2026-11-20T08:30:00+00:00"
    desk.pull("c", 1)
    assert [headers.get("X-Unsent") for _, _, headers, _ in answering.asked] == [
        None,
        "2;2026-11-20T08:30:00+00:00",
    ]


def test_colleagues_desks_are_asked_for_and_refused_to_others(linked):
    answering, desk = linked
    heard = "2026-11-23T10:00:00Z"
    answering.answers = [
        Answer(body={"desks": [{"account": "u1", "unsent": 2, "heard": heard, "oldest": heard}]}),
        Answer(403, {"code": "not_allowed"}),
    ]
    (heard_of,) = desk.desks().desks
    assert (heard_of.account, heard_of.unsent, heard_of.oldest) == (
        "u1",
        2,
        datetime(2026, 11, 23, 10, tzinfo=UTC),
    )
    with pytest.raises(errors.NotAllowed):
        desk.desks()
