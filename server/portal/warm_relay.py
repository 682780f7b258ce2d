"""The content router, loaded beside the first pages: reading a form never waits for the model."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from protocol.complaint import Place
from server.intake import Relay, Relayed


class WarmRelay:
    """A relay that starts loading at once, in its own thread."""

    def __init__(self, load: Callable[[], Relay]) -> None:
        loading = ThreadPoolExecutor(1, thread_name_prefix="relay")
        self._loaded = loading.submit(load)
        loading.shutdown(wait=False)

    def wait(self) -> None:
        """Return once loaded, before a transaction that must not wait; raises what loading raised."""
        self._loaded.result()

    def route(
        self, *, text: str, object: str, theme: str, place: Place, named: str, operational: frozenset[str]
    ) -> Relayed:
        """As the loaded relay says."""
        return self._loaded.result().route(
            text=text, object=object, theme=theme, place=place, named=named, operational=operational
        )
