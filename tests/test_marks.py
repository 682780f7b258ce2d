"""Marks, buckets and sums: what two sides compare."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from protocol.marks import BUCKETS, bucket, differing, mark, sums

IDS = st.uuids().map(str)


def test_a_bucket_is_the_last_byte_of_the_identifier():
    assert bucket("0193a5c1-0000-7000-8000-0000000000ff") == 255
    assert bucket("0193a5c1-0000-7000-8000-00000000ff00") == 0


def test_a_sum_is_what_the_protocol_says():
    id_ = "0193a5c1-0000-7000-8000-000000000007"
    expected = hashlib.sha256(id_.encode() + (3).to_bytes(8, "big")).hexdigest()[:16]
    found = sums([(id_, 3)])
    assert found[7] == expected and set(found[:7]) | set(found[8:]) == {"0" * 16} and len(found) == BUCKETS


def test_a_mark_tells_contents_apart():
    assert mark(b'{"a":1}') != mark(b'{"a":2}')


@given(st.dictionaries(IDS, st.integers(1, 9), min_size=1, max_size=40), st.data())
def test_order_does_not_matter_and_one_changed_version_shows_in_its_own_bucket(versions, data):
    items = list(versions.items())
    whole = sums(items)
    assert sums(reversed(items)) == whole and differing(whole, whole) == ()
    id_ = data.draw(st.sampled_from(sorted(versions)))
    assert differing(whole, sums((versions | {id_: versions[id_] + 1}).items())) == (bucket(id_),)
    left = sums(one for one in items if one[0] != id_)
    assert differing(whole, left) == (bucket(id_),)
