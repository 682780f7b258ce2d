"""The e-mail of a notice: plain text with a simple HTML twin, in the direction of its language."""

import html
import re
import unicodedata
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy

from resources.catalogue import Catalogue
from server.notices.carriers import Outgoing


class _Policy(EmailPolicy):
    """SMTP's own, but for subjects: Python 3.11 loses spaces where it encodes some words and not others."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """One header as it leaves."""
        if name.lower() != "subject" or value.isascii():
            return super().fold_binary(name, value)
        folded = Header(value, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {folded}{self.linesep}".encode("ascii")


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")
_LINK = re.compile(r"https?://[^\s<>\"]+")
_STYLE = "font-family:sans-serif;font-size:16px;line-height:1.5;color:#1b1f24;max-width:38em"


def build(out: Outgoing, sender: str) -> EmailMessage:
    """The message as it leaves; its Message-ID follows from the notice, so that twice the same is one.

    `sender` and `out.address` are plain ASCII addresses. Raises ValueError when a header cannot be written.
    """
    message = EmailMessage(policy=_POLICY)
    domain = sender.rpartition("@")[2]
    message["From"] = Address(Catalogue(out.language)("portal.site"), addr_spec=sender)
    message["To"] = Address(addr_spec=out.address)
    message["Subject"] = one_line(out.subject)
    message["Date"] = out.now
    message["Message-ID"] = f"<{out.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(out.text + "\n", cte="base64")
    message.add_alternative(_page(out), subtype="html", cte="base64")
    message["Content-Language"] = out.language
    if out.enclosure is not None:
        kind, _, subtype = out.enclosure.mime.partition("/")
        message.add_attachment(
            out.enclosure.data,
            maintype=kind,
            subtype=subtype or "octet-stream",
            filename=one_line(out.enclosure.name),
        )
    return message


def one_line(text: str) -> str:
    """`text` for a header: no line break or other control character can start a header of its own."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)[:200]


def notice_of(message_id: str) -> str:
    """The notice whose Message-ID this is; "" for another's."""
    found = re.fullmatch(r"\s*<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^@<>\s]+>\s*", message_id)
    return found.group(1) if found else ""


def _page(out: Outgoing) -> str:
    direction = "rtl" if out.language == "ar" else "ltr"
    body = "\n".join(_block(part) for part in out.text.split("\n\n") if part.strip())
    return (
        f'<!DOCTYPE html>\n<html lang="{out.language}" dir="{direction}">\n'
        f'<head><meta charset="utf-8"><title>{html.escape(one_line(out.subject))}</title></head>\n'
        f'<body dir="{direction}" style="{_STYLE}">\n{body}\n</body>\n</html>\n'
    )


def _block(part: str) -> str:
    """A paragraph, or a list where every line is an item."""
    lines = part.split("\n")
    if all(line.startswith("• ") for line in lines):
        return "<ul>" + "".join(f"<li>{_linked(line[2:])}</li>" for line in lines) + "</ul>"
    return "<p>" + "<br>\n".join(_linked(line) for line in lines) + "</p>"


def _linked(line: str) -> str:
    """Escaped, with a link where an address stands alone on its line: nobody else's text makes a link."""
    if _LINK.fullmatch(line):
        address = html.escape(line)
        return f'<a dir="ltr" href="{address}">{address}</a>'
    return html.escape(line)
