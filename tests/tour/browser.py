"""Pictures of the portal's pages in a headless Chromium, where the machine has one."""

import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urljoin

import requests

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)


def installed() -> str:
    """The browser's command, or "" when there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), "")


def _local(text: str, base: str, folder: Path) -> str:
    """`text` with every file it loads from `base` fetched into `folder`; style sheets are followed."""

    def fetched(match: re.Match[str]) -> str:
        name = hashlib.sha256(match[2].encode()).hexdigest()[:16] + Path(match[2].split("?")[0]).suffix
        target = folder / name
        if not target.exists():
            body = requests.get(urljoin(base, match[2]), timeout=30).content
            if name.endswith(".css"):
                body = _local(body.decode("utf-8"), urljoin(base, match[2]), folder).encode("utf-8")
            target.write_bytes(body)
        return match[1] + name + match[3]

    links = re.sub(r'(<link[^>]*href=")(/[^"]+)(")', fetched, text)
    sources = re.sub(r'(<img[^>]*src=")(/[^"]+)(")', fetched, links)
    return re.sub(r"""(url\(["']?)(/[^"')]+)(["']?\))""", fetched, sources)


def picture(html: str, base: str, target: Path, *, width: int = 1440, height: int = 900) -> bool:
    """Draw a page as the citizen got it, with the styles and fonts of `base`. Tells whether it could.

    The page is drawn from a file with its styles and fonts beside it, because it may only be fetched once
    (receipts), and the portal forbids other origins to use its files.
    """
    browser = installed()
    if not browser:
        return False
    with tempfile.TemporaryDirectory(prefix="chekaya-browser-") as folder:
        page = Path(folder) / "page.html"
        page.write_text(_local(html, base, Path(folder)), encoding="utf-8")
        subprocess.run(
            [
                browser,
                *QUIET,
                f"--user-data-dir={folder}/profile",
                f"--window-size={width},{height}",
                f"--screenshot={target}",
                page.as_uri(),
            ],
            check=False,
            timeout=60,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return target.exists()
