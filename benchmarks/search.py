"""Search as you type over the folded index: time to the first page, and what a spelling may not hide.

`first_page_ms_p95` is a query over everything and its first 50 lines (`first_page_cpu_ms_p95` its CPU alone);
`in_queue_ms_p95` the same inside a queue, by due date; `hard_ms_p95` there with a common word alone. `recall`
compares the found set with a plain walk over all texts, for queries spelt with other accents, hamza, ta
marbuta, harakat, tatweel, digits.
"""

import random
from pathlib import Path

from benchmarks.documents import FORMS_AR, FORMS_FR, complaints
from benchmarks.figures import Timings
from benchmarks.filled import PROFILE, TODAY, filled
from desktop.models.reading import Reading
from desktop.models.search import MOST
from protocol.projection import searchable
from protocol.text import words

COMMON = ("م", "ma", "شكاية", "eau", "الماء", "re")
"""Words and beginnings that a large part of all complaints has."""

QUERIES = 200
COMPARED = 40
DISGUISES = (
    ("أ", "ا"), ("إ", "ا"), ("ة", "ه"), ("ى", "ي"), ("م", "مـ"), ("ل", "لَ"),
    ("é", "e"), ("e", "E"), ("1", "١"), ("2", "٢"),
)  # fmt: skip


def disguised(word: str) -> str:
    """The same word as somebody else would type it."""
    for plain, other in DISGUISES:
        word = word.replace(plain, other)
    return word


def run(folder: Path, *, complaints: int, seed: int) -> dict[str, float]:
    """Figures over a store of `complaints` documents."""
    draw = random.Random(seed)
    with filled(folder, complaints_count=complaints, seed=seed) as store:
        reading = Reading(store, PROFILE)
        timings, inside, hard = Timings(), Timings(), Timings()
        for number in range(QUERIES):
            query = _query(draw, number, complaints)
            with timings():
                listing = reading.search(query, today=TODAY)
                reading.rows(listing.order[:50])
            with inside():
                listing = reading.search(query, "unit", today=TODAY)
                reading.rows(listing.order[:50])
            with hard():
                listing = reading.search(draw.choice(COMMON), "unit", today=TODAY)
                reading.rows(listing.order[:50])
        return {
            "first_page_ms_p95": timings.p95,
            "first_page_ms_p50": timings.p50,
            "first_page_cpu_ms_p95": timings.cpu_p95,
            "in_queue_ms_p95": inside.p95,
            "hard_ms_p95": hard.p95,
            "hard_ms_p50": hard.p50,
            "hard_cpu_ms_p95": hard.cpu_p95,
            "recall": _recall(reading, draw, complaints, seed),
        }


def _query(draw: random.Random, number: int, count: int) -> str:
    """In turn: a word begun, two words, a registration number."""
    lexicon = draw.choice((FORMS_FR, FORMS_AR))
    kind = number % 4
    if kind == 0:
        return draw.choice(lexicon)[: draw.randrange(2, 7)]
    if kind == 3:
        return f"2026-BENCH-{draw.randrange(count) + 1:06d}"
    return disguised(" ".join(draw.choices(lexicon, k=kind)))


def _recall(reading: Reading, draw: random.Random, count: int, seed: int) -> float:
    texts = [(document.id, set(words(searchable(document)))) for document in complaints(count, seed)]
    numbers = {n: id_ for id_, n in reading.numbers([id_ for id_, _ in texts]).items()}
    expected_all = found_all = 0
    for _ in range(COMPARED):
        asked = [disguised(word) for word in draw.choices(draw.choice((FORMS_FR, FORMS_AR)), k=3)]
        wanted = [word for one in asked for word in words(one)]
        expected = {id_ for id_, have in texts if all(any(w.startswith(q) for w in have) for q in wanted)}
        found = {numbers[n] for n in reading.search(" ".join(asked), today=TODAY).order}
        if len(expected) <= MOST:
            expected_all += len(expected)
            found_all += len(expected & found)
    return round(found_all / expected_all, 4) if expected_all else 1.0
