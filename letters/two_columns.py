"""Two blocks side by side: the Arabic one at the right, its French twin (or the date) at the left."""

from collections.abc import Sequence

from reportlab.platypus import Flowable

GUTTER = 18.0
"""Points between the columns."""


class TwoColumns(Flowable):  # type: ignore[misc]
    """`right` and `left` are stacks of flowables set in half of the width each, `gutter` points apart."""

    def __init__(
        self, right: Sequence[Flowable], left: Sequence[Flowable], *, gutter: float = GUTTER
    ) -> None:
        super().__init__()
        self._gutter = gutter
        self._columns = (tuple(left), tuple(right))

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Width and the height of the higher column, in points."""
        self.width = width
        self._half = (width - self._gutter) / 2
        self._heights = [[part.wrap(self._half, height)[1] for part in column] for column in self._columns]
        self.height = max(sum(heights) for heights in self._heights)
        return width, self.height

    def draw(self) -> None:
        """Both columns from the top."""
        for index, (column, heights) in enumerate(zip(self._columns, self._heights, strict=True)):
            top = self.height
            for part, height in zip(column, heights, strict=True):
                top -= height
                part.drawOn(self.canv, index * (self._half + self._gutter), top)
