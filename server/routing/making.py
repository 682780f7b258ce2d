"""Makes a version: rehearses on the newest texts to know its figures, learns everything, keeps and enters it.

The rehearsal is the only honest figure there is before real complaints arrive: the same recipe, without the
newest fifth of what is dated, judged on that fifth, beside the model that decides now.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from protocol.settings import SYSTEM
from server.database import Database
from server.routing import evaluation, shelf, training, versions
from server.routing.facts import Beside, Facts, Figures
from server.routing.lessons import Lesson, Lessons, keep_apart, own_texts
from server.routing.model import Model
from server.routing.samples import Samples
from server.routing.versions import State, Version

OWN_TEXTS = Path(__file__).parents[2] / "resources" / "routing" / "texts.csv"
FEWEST_UNSEEN = 20
"""With fewer texts kept apart a figure would say nothing."""

Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What the rehearsal told; `figures` is None when there were too few texts to keep any apart."""

    figures: Figures | None
    own_texts_only: bool
    beside: Beside | None = None


def first(register: Database, routing: Path, now: datetime) -> Version:
    """The current version, made from the shipped texts when the register has none yet."""
    with register.reading() as connection:
        known = versions.current(connection)
    if known is not None:
        return known
    lessons = Lessons(own_texts(OWN_TEXTS))
    model = training.learn(lessons.every)
    nothing = Rehearsed(figures=None, own_texts_only=True)
    with register.transaction() as connection:
        known = versions.current(connection)
        if known is not None:
            return known
        made = _version(routing, model, lessons, nothing, now=now)
        versions.enter(connection, made)
        if made.state != State.CURRENT:
            versions.promote(connection, made.version, by=SYSTEM.id, now=now)
        return versions.get(connection, made.version)


def rehearse(lessons: Lessons, beside: Model | None) -> Rehearsed:
    """The figures of the recipe on the newest dated fifth, else on a fifth of our own texts.

    Raises OneLabelOnly.
    """
    if lessons.are_dated:
        seen, unseen = keep_apart(lessons.every)
    else:
        samples = _samples(lessons.every)
        kept, apart = evaluation.split(samples, by_time=False)
        seen = [Lesson(text, label) for text, label in zip(kept.texts, kept.labels, strict=True)]
        unseen = [Lesson(text, label) for text, label in zip(apart.texts, apart.labels, strict=True)]
    if len(unseen) < FEWEST_UNSEEN or len({lesson.label for lesson in seen}) < 2:
        return Rehearsed(figures=None, own_texts_only=not lessons.are_dated)
    model = training.learn(seen)
    judged_on = _samples(unseen)
    figures = evaluation.judge(model, judged_on).figures
    return Rehearsed(figures, not lessons.are_dated, _beside(model, beside, judged_on))


def make(
    register: Database, routing: Path, lessons: Lessons, *, now: datetime, step: Step = lambda _: None
) -> Version:
    """Rehearse, learn, keep and enter a new version as `ready`; the version, new or known already.

    `step` is told the names of the steps as they begin. Raises OneLabelOnly, BadModel.
    """
    with register.reading() as connection:
        deciding = versions.current(connection)
    beside = shelf.fetch(routing, deciding.version, deciding.facts.sha256) if deciding else None
    step("rehearsing")
    rehearsed = rehearse(lessons, beside)
    step("learning")
    model = training.learn(lessons.every)
    made = _version(routing, model, lessons, rehearsed, now=now)
    with register.transaction() as connection:
        versions.enter(connection, made)
        return versions.get(connection, made.version)


def _version(
    routing: Path, model: Model, lessons: Lessons, rehearsed: Rehearsed, *, now: datetime
) -> Version:
    facts = Facts(
        sha256=shelf.keep(routing, model),
        labels=len(model.labels),
        figures=rehearsed.figures,
        own_texts_only=rehearsed.own_texts_only,
        sources=lessons.sources,
        beside=rehearsed.beside,
    )
    shelf.describe(routing, model.version, facts)
    return Version(
        version=model.version,
        state=State.READY,
        samples=len(lessons.every),
        corrections=lessons.corrections,
        facts=facts,
        made_at=now,
        promoted_at=None,
        promoted_by="",
    )


def _beside(new: Model, old: Model | None, unseen: Samples) -> Beside | None:
    """Both on the texts of the rehearsal that the old one had not learnt."""
    if old is None:
        return None
    fair = evaluation.unlearnt(old, unseen)
    if len(fair) < FEWEST_UNSEEN:
        return None
    said_new, said_old = _best(new, fair), _best(old, fair)
    return Beside(
        version=old.version,
        texts=len(fair),
        new_top1=_share(said_new, fair.labels),
        old_top1=_share(said_old, fair.labels),
        agreement=_share(said_new, said_old),
    )


def _best(model: Model, samples: Samples) -> list[str]:
    return [model.labels[int(model.confidences(text).argmax())] for text in samples.texts]


def _share(said: Sequence[str], truth: Sequence[str]) -> float:
    return sum(one == other for one, other in zip(said, truth, strict=True)) / len(truth)


def _samples(lessons: Sequence[Lesson]) -> Samples:
    return Samples(tuple(one.text for one in lessons), tuple(one.label for one in lessons))
