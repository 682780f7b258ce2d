"""A server's address in one form, and what is not one."""

import pytest

from desktop.core.connection import address
from desktop.core.errors import BadAddress


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("chekaya.gov.ma", "https://chekaya.gov.ma"),
        (" https://Chekaya.gov.ma/ ", "https://chekaya.gov.ma"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://intranet.gov.ma:8443/desk/", "https://intranet.gov.ma:8443/desk"),
    ],
)
def test_an_address_has_one_form(typed, read):
    assert address(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "ftp://a.ma",
        "https://",
        "http://chekaya.gov.ma",
        "https://u:p@a.ma",
        "https://a b.ma",
        "a:99999",
    ],
)
def test_what_is_not_the_address_of_a_server_is_refused(typed):
    with pytest.raises(BadAddress):
        address(typed)
