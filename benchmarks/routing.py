"""Routing: how fast the shipped router relays, and how well a model does on texts it never saw.

`per_second` goes through the whole router (model, rules, competence, place, deciding words) on one core, by
the wall clock; `per_cpu_second` by this thread's own time, whatever else the machine does. The shares come
from the French questions of the shared study by time split: the last fifth is judged, never learnt from.
"""

import time
from pathlib import Path

from benchmarks.figures import Timings
from protocol.complaint import Place
from server.directory import Register
from server.routing import evaluation, training
from server.routing.keywords import Keywords, RuleFile
from server.routing.lessons import of_samples
from server.routing.router import TEXTS, Router
from server.routing.samples import read_samples

QUESTIONS = Path(__file__).parents[2] / "shared" / "data" / "routing" / "questions_fr.csv"
PLACES = ("", "01", "04", "06", "09")
ROUNDS = 4


def run(folder: Path, *, complaints: int, seed: int) -> dict[str, float]:
    """The figures; `complaints` and `seed` change nothing here: the texts are given."""
    began = time.perf_counter()
    router = Router.load(folder)
    learning = time.perf_counter() - began
    began = time.perf_counter()
    Router.load(folder)
    loading = time.perf_counter() - began
    return {
        **_speed(router),
        **_accuracy(),
        "first_model_seconds": round(learning, 2),
        "load_ms": round(loading * 1000, 1),
    }


def _speed(router: Router) -> dict[str, float]:
    texts = read_samples(TEXTS).texts
    # Two of our own texts make one of a citizen's length; no two are the same, so that none is remembered.
    requests = [
        f"{text} {texts[(position * 7 + turn * 13 + 1) % len(texts)]}"
        for turn in range(ROUNDS)
        for position, text in enumerate(texts)
    ]
    for text in requests[: len(texts)]:
        router.route(text=text)
    timed = Timings()
    with timed():
        for position, text in enumerate(requests[len(texts) :]):
            router.route(text=text, place=Place(region=PLACES[position % len(PLACES)]))
    count = len(requests) - len(texts)
    return {
        "per_second": round(count / timed.values[0] * 1000),
        "per_cpu_second": round(count / timed.cpu[0] * 1000),
    }


def _accuracy() -> dict[str, float]:
    seen, unseen = evaluation.split(read_samples(QUESTIONS), by_time=True)
    model = training.learn(of_samples(seen))
    judged = evaluation.judge(model, unseen).figures
    no_rules = RuleFile(
        strong_weight=0, term_weight=0, theme_weight=0, administrations={}, themes={}, territories=()
    )
    router = Router(model, Keywords(no_rules), Register(administrations=(), units=()))
    routed = [router.route(text=text).routing.ranked for text in unseen.texts]
    pairs = list(zip(routed, unseen.labels, strict=True))
    # The same through the router, which must not lose what the model knows.
    assert sum(ranked[0][0] == label for ranked, label in pairs) == round(judged.top1 * len(unseen))

    return {
        "texts": judged.texts,
        "top1": round(judged.top1, 4),
        "top3": round(judged.top3, 4),
        "macro_f1": round(judged.macro_f1, 4),
        "ece": round(judged.calibration_error, 4),
        "coverage_p90": round(judged.coverage, 4),
        "model_per_second": round(judged.texts_per_second),
    }
