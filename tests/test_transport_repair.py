"""The requests of a repair, as a server hears them."""

import msgspec

from protocol.wire import Wanted
from tests.test_transport import Answer, server, wire  # noqa: F401 (fixtures)


def test_what_is_compared_and_fetched_is_asked_for_unharmed(request):
    answering, desk = request.getfixturevalue("server"), request.getfixturevalue("wire")
    answering.answers = [Answer(kind="application/x-ndjson") for _ in range(4)]
    desk.check("a+b/c=")
    desk.manifest()
    desk.manifest((0, 255))
    desk.documents(("u1", "u2"))
    assert [(method, path) for method, path, *_ in answering.asked] == [
        ("GET", "/v1/sync/check?cursor=a%2Bb%2Fc%3D"),
        ("GET", "/v1/sync/manifest"),
        ("GET", "/v1/sync/manifest?buckets=0,255"),
        ("POST", "/v1/sync/fetch"),
    ]
    assert msgspec.json.decode(answering.asked[3][3], type=Wanted).ids == ("u1", "u2")
