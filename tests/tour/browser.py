"""Pictures of the portal's pages in a headless Chromium, where the machine has one."""

import shutil
import subprocess
import tempfile
from pathlib import Path

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


def picture(html: str, base: str, target: Path, *, width: int = 1440, height: int = 900) -> bool:
    """Draw a page as the citizen got it; `base` is where its style sheet and fonts are. Tells whether it could.

    The page is drawn from a file with a <base>, because it may only be fetched once (receipts).
    """
    browser = installed()
    if not browser:
        return False
    with tempfile.TemporaryDirectory(prefix="chekaya-browser-") as folder:
        page = Path(folder) / "page.html"
        page.write_text(html.replace("<head>", f'<head><base href="{base}">', 1), encoding="utf-8")
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
