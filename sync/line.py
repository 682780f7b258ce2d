"""A requests session for one server: what never changes between two requests is made once.

Preparing a request as for any site of the web (address, cookies, sign-in, redirects, hooks, environment)
cost more than sending it. Imported with the first request only.
"""

from collections.abc import Mapping
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict


class Line(requests.Session):
    """Kept-alive connections; `request` follows no redirect and keeps no cookie."""

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        *,
        data: bytes | None,
        headers: Mapping[str, str],
        timeout: tuple[float, float],
        **_: Any,
    ) -> requests.Response:
        """One request, its reply not yet read; raises what requests raises."""
        prepared = requests.PreparedRequest()
        prepared.method = method
        prepared.body = data
        if url.isascii():
            prepared.url = url
        else:
            prepared.prepare_url(url, None)
        length = {} if data is None else {"Content-Length": str(len(data))}
        prepared.headers = CaseInsensitiveDict[str](self.headers)  # type: ignore[arg-type]
        prepared.headers.update({**headers, **length})
        sender = self.get_adapter(url)
        return sender.send(
            prepared, stream=True, timeout=timeout, verify=self.verify or True, proxies=self.proxies
        )
