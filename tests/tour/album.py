"""The numbered pictures of a tour, and the summary that goes with them."""

import html
import json
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2
from PySide6.QtGui import QPixmap

from tests.citizen import Page
from tests.tour import browser


@dataclass
class Album:
    """Pictures in `folder`, numbered in the order they are taken; `facts` becomes summary.json."""

    folder: Path
    portal: str
    facts: dict[str, object] = field(default_factory=dict)
    pictures: list[str] = field(default_factory=list)

    def desk(self, name: str, picture: QPixmap) -> None:
        """A picture of a window of the desk."""
        target = self._next(name)
        assert picture.save(str(target)), f"cannot write {target}"
        self._keep(target)

    def page(self, name: str, page: Page, *, height: int = 900) -> None:
        """A picture of a page of the portal, where the machine has a browser."""
        target = self._next(name)
        if browser.picture(page.html, self.portal, target, height=height):
            self._keep(target)
        else:
            self.facts.setdefault("pages_not_pictured", []).append(name)

    def document(self, name: str, content: bytes) -> None:
        """A PDF, and a picture of each of its pages."""
        target = self._next(name)
        (self.folder / f"{target.stem}.pdf").write_bytes(content)
        opened = pypdfium2.PdfDocument(content)
        for page in range(len(opened)):
            picture = self._next(name if not page else f"{name}-{page + 1}")
            opened[page].render(scale=1.6).to_pil().save(picture)
            self._keep(picture)
        opened.close()

    def html(self, name: str, body: str, *, height: int = 900) -> None:
        """A picture of something that a browser draws, where the machine has one."""
        page = f'<!DOCTYPE html><meta charset="utf-8"><body style="background:#f6f5f2">{body}</body>'
        target = self._next(name)
        if browser.picture(page, self.portal, target, height=height):
            self._keep(target)
        else:
            self.facts.setdefault("pages_not_pictured", []).append(name)

    def text(self, name: str, text: str) -> None:
        """What commands printed."""
        (self.folder / f"{self._next(name).stem}.txt").write_text(text + "\n", encoding="utf-8")
        style = "background:#1c211f;color:#eceFec;padding:24px;font:15px/1.5 monospace;white-space:pre-wrap"
        self.html(name, f'<pre style="{style}">{html.escape(text)}</pre>', height=1100)

    def finish(self) -> None:
        """Write the summary."""
        self.facts["pictures"] = self.pictures
        text = json.dumps(self.facts, ensure_ascii=False, indent=2)
        (self.folder / "summary.json").write_text(text + "\n", encoding="utf-8")

    def _next(self, name: str) -> Path:
        return self.folder / f"{len(self.pictures) + 1:02d}-{name}.png"

    def _keep(self, target: Path) -> None:
        assert target.stat().st_size > 2_000, f"{target.name} is empty"
        self.pictures.append(target.name)
        print(f"  {target.name}", flush=True)
