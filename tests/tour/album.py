"""The numbered pictures of a tour, and the summary that goes with them."""

import json
from dataclasses import dataclass, field
from pathlib import Path

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
