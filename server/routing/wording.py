"""What the `route` commands say to an operator, in French or Arabic, from the `route` catalogue."""

import os
from collections.abc import Mapping

from resources.catalogue import LANGUAGES, Catalogue
from server.routing.facts import Figures
from server.routing.model import BadModel
from server.routing.samples import BadSamples

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def language_of(environment: Mapping[str, str]) -> str:
    """The operator's language: that of the terminal when it is Arabic, else French."""
    for name in _VARIABLES:
        if value := environment.get(name, ""):
            return "ar" if value.startswith("ar") else "fr"
    return "fr"


class Wording:
    """Sentences and tables in one language; `wording("key", …)` is `route.key` of the catalogue."""

    def __init__(self, language: str = "") -> None:
        chosen = language if language in LANGUAGES else language_of(os.environ)
        self._catalogue = Catalogue(chosen)

    def __call__(self, key: str, **values: object) -> str:
        """One sentence."""
        return self._catalogue(f"route.{key}", **values)

    def count(self, key: str, n: int) -> str:
        """One counted thing, in the plural form of `n`."""
        return self._catalogue.count(f"route.{key}", n)

    def bad(self, error: BadSamples | BadModel) -> list[str]:
        """What is wrong with a file: a sentence, then one line for each faulty line."""
        values = dict(error.values)
        faults, unknown = values.pop("faults", ()), values.pop("unknown", ())
        said = [self(f"bad.{error.code}", **values)]
        said += [
            "  " + self("line", line=one.line, what=self(f"fault.{one.code}"))
            for one in faults  # type: ignore[attr-defined]
        ]
        said += [
            "  " + self("line", line=line, what=self("fault.unknown_label", label=label))
            for line, label in unknown  # type: ignore[attr-defined]
        ]
        return said

    def figures(self, figures: Figures) -> list[str]:
        """The figures as aligned lines, each with the name it has in JSON."""
        shares = {
            "top1": figures.top1,
            "top3": figures.top3,
            "macro_f1": figures.macro_f1,
            "ece": figures.calibration_error,
            "coverage_p90": figures.coverage,
        }
        rows = [("texts", f"{figures.texts}"), ("labels", f"{figures.labels}")]
        rows += [(name, f"{share:.3f}") for name, share in shares.items()]
        rows.append(("per_second", f"{figures.texts_per_second:.0f}"))
        return [f"{name:<14}{value:>8}   {self(f'figure.{name}')}" for name, value in rows]
