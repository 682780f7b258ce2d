"""Every failure of the HTTP library has one name of ours, and nothing of the library's own gets through."""

import pytest
import requests
import urllib3

from sync import errors, http_faults

CASES = (
    (requests.exceptions.SSLError("x"), errors.CertificateRefused),
    (requests.exceptions.ProxyError("x"), errors.ProxyRefused),
    (requests.exceptions.ChunkedEncodingError("x"), errors.Garbled),
    (requests.exceptions.ContentDecodingError("x"), errors.Garbled),
    (requests.exceptions.ConnectTimeout("x"), errors.Unreached),
    (requests.exceptions.ReadTimeout("x"), errors.Offline),
    (requests.exceptions.ConnectionError("x"), errors.Offline),
    (requests.exceptions.InvalidURL("x"), errors.NotOurServer),
    (urllib3.exceptions.ReadTimeoutError(None, "", "x"), errors.Offline),
    (urllib3.exceptions.DecodeError("x"), errors.Garbled),
)


@pytest.mark.parametrize(
    ("raised", "named"), CASES, ids=lambda case: getattr(case, "__name__", type(case).__name__)
)
def test_a_failure_has_its_name(raised, named):
    with pytest.raises(errors.SyncError) as told, http_faults.translated():
        raise raised
    assert type(told.value) is named


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("[Errno 111] Connection refused", errors.ServerDown),
        ("[WinError 10061] No connection: actively refused", errors.ServerDown),
        ("[Errno 113] No route to host", errors.NoNetwork),
    ],
)
def test_a_connection_never_made_is_told_from_one_cut_off(said, named):
    reason = urllib3.exceptions.NewConnectionError(None, said)
    wrapped = requests.exceptions.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", reason))
    with pytest.raises(errors.SyncError) as told, http_faults.translated():
        raise wrapped
    assert type(told.value) is named
