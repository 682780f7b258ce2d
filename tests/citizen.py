"""A citizen with a plain browser: reads the portal's real forms, fills and sends them, reads the answers."""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests


@dataclass
class Form:
    """A form as a browser without scripts would send it: hidden and preset values are kept."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    submits: dict[str, str] = field(default_factory=dict)


SOMEBODY = {
    "type": "complaint",
    "name": "فاطمة الزهراء الإدريسي",
    "identity_kind": "cin",
    "identity_number": "AB123456",
    "phone": "0600000000",
}
"""Who files when a test does not say otherwise."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._select = ""
        self._textarea = ""
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._hidden += 1
        if tag == "form":
            self.forms.append(Form(at.get("action", ""), at.get("method", "get").lower()))
        elif self.forms and tag in ("input", "button", "select", "textarea"):
            self._control(tag, at)
        elif tag == "option" and self._select and "selected" in at:
            self.forms[-1].values[self._select] = at.get("value", "")

    def _control(self, tag: str, at: dict[str, str]) -> None:
        form, name, kind = self.forms[-1], at.get("name", ""), at.get("type", "text")
        if tag == "button" or kind == "submit":
            if name:
                form.submits[name] = at.get("value", "")
            return
        if not name:
            return
        form.names.append(name)
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
            form.values[name] = ""
        elif kind in ("radio", "checkbox"):
            if "checked" in at:
                form.values[name] = at.get("value", "on")
        elif kind != "file":
            form.values[name] = at.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""
        elif tag in ("script", "style"):
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1].values[self._textarea] += data
        if not self._hidden:
            self.text.append(data)


@dataclass(frozen=True)
class Page:
    """A page the citizen has before their eyes."""

    url: str
    status: int
    html: str
    text: str
    forms: tuple[Form, ...]

    def marked(self, identifier: str) -> str:
        """The text of the element with this id."""
        found = re.search(rf'id="{identifier}"[^>]*>([^<]*)<', self.html)
        assert found, f"no #{identifier} in {self.url}: {self.text[:400]}"
        return html.unescape(found.group(1)).strip()


class Citizen:
    """One browser session on the portal at `base`."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._session = requests.Session()
        self._session.trust_env = False

    def _page(self, reply: requests.Response) -> Page:
        reply.encoding = "utf-8"
        reader = _Reader()
        reader.feed(reply.text)
        return Page(
            reply.url,
            reply.status_code,
            reply.text,
            " ".join("".join(reader.text).split()),
            tuple(reader.forms),
        )

    def open(self, path: str) -> Page:
        """Follow a link."""
        return self._page(self._session.get(urljoin(self.base, path), timeout=30))

    def send(
        self,
        page: Page,
        form: Form,
        values: dict[str, str],
        files: list[tuple[str, tuple[str, bytes, str]]] | None = None,
    ) -> Page:
        """Fill `form` of `page` with `values` and press its button; redirects are followed."""
        unknown = [name for name in values if name not in form.names and name not in form.submits]
        assert not unknown, f"the form has no field {unknown}; it has {form.names}"
        filled = {**form.values, **values}
        url = urljoin(page.url, form.action) if form.action else page.url
        parts: list[tuple[str, tuple[str | None, str | bytes] | tuple[str, bytes, str]]] = [
            (name, (None, value)) for name, value in filled.items()
        ]
        parts += files or []
        return self._page(self._session.post(url, files=parts, timeout=30))

    def press(self, page: Page, form: Form, values: dict[str, str]) -> requests.Response:
        """The same with any values at all, as who looks behind the page can; gives the bare reply."""
        parts = [(name, (None, value)) for name, value in {**form.values, **values}.items()]
        return self._session.post(urljoin(page.url, form.action), files=parts, timeout=30)

    def fetch(self, page: Page, form: Form, values: dict[str, str]) -> bytes:
        """The same, for a form that is answered by a file to keep."""
        reply = self.press(page, form, values)
        assert reply.status_code == 200 and reply.headers["Content-Disposition"].startswith("attachment")
        return reply.content

    def download(self, path: str) -> bytes:
        """Follow a link to a file to keep."""
        reply = self._session.get(urljoin(self.base, path), timeout=30)
        assert reply.status_code == 200, f"{path}: {reply.status_code}"
        assert reply.headers["Content-Disposition"].startswith("attachment"), path
        return reply.content

    def file(self, language: str, **values: str) -> Page:
        """File a request as somebody with a name and a telephone; gives the page that came back."""
        page = self.open(f"/{language}/deposer")
        filled = {**SOMEBODY, **values, "consent": "yes", "action": "send"}
        return self.send(page, page.forms[0], filled)

    def follow(self, language: str, number: str, code: str) -> Page:
        """Open the follow-up page of a request."""
        page = self.open(f"/{language}/suivi")
        form = next(form for form in page.forms if "number" in form.names)
        return self.send(page, form, {"number": number, "code": code})

    def close(self) -> None:
        """Close the browser."""
        self._session.close()
