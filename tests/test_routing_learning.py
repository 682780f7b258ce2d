"""What the router learns: corrections that win, confidence that means something, names that are not kept."""

import random
from pathlib import Path

import numpy as np
import pytest

from server.routing import corrections, lessons, training
from server.routing.features import NUMBER, learn_lexicon, stem, stems
from server.routing.lessons import Lesson, keep_apart
from server.routing.samples import BadSamples
from tests.routing_world import TEXTS, RoutingWorld, routing_world

SURPRISE = "fuite d'eau potable sur le quai du port de pêche"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with routing_world(tmp_path, monkeypatch) as built:
        yield built


def known(world: RoutingWorld) -> tuple[corrections.Correction, ...]:
    with world.world.register.reading() as connection:
        return corrections.stored(connection)


def test_a_transfer_by_a_person_changes_a_later_models_answer_for_that_text(world: RoutingWorld):
    live = world.live()
    text = "Odeur d'égout devant le marché couvert, robinet sec"
    before = world.routed(text, live)
    assert before.administration == "EAU"
    world.moves(world.arrives(text, live), "ELEC")
    made = world.make()
    assert made.corrections == 1
    assert world.model(made).confidences(text).argmax() == made_label(world, made, "ELEC")
    world.promote(made)
    live.renew()
    after = world.routed(text, live)
    assert (after.administration, after.model) == ("ELEC", made.version)


def made_label(world: RoutingWorld, made, label: str) -> int:
    return world.model(made).labels.index(label)


def test_the_latest_move_wins_and_a_move_back_to_coordination_takes_the_lesson_back(world: RoutingWorld):
    complaint = world.world.file("Poteau tombé", administration="EAU")
    world.moves(complaint, "ELEC")
    assert [(one.routed_to, one.moved_to) for one in known(world)] == [("EAU", "ELEC")]
    world.moves(complaint, "EAU", by="samir")
    assert [(one.routed_to, one.moved_to) for one in known(world)] == [("ELEC", "EAU")]
    world.moves(complaint, "CN", by="salma")
    assert known(world) == ()


def test_a_confidential_complaint_teaches_nothing(world: RoutingWorld):
    complaint = world.world.file("Agent corrompu au guichet")
    world.moves(complaint, "ELEC")
    assert len(known(world)) == 1
    other = world.world.file(
        "Harcèlement au guichet", confidential=True, named=(world.world.staff["salma"].id,)
    )
    world.moves(other, "ELEC")
    assert [one.complaint for one in known(world)] == [complaint.id]


def test_a_correction_replaces_what_a_file_says_of_the_same_text(world: RoutingWorld, tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text(f'text,label\n"{SURPRISE.upper()}",PORTS\nfuite ailleurs,EAU\n', "utf-8")
    world.moves(
        world.world.file(SURPRISE, object="", administration="ELEC", unit="ELEC-1"), "EAU", by="samir"
    )
    learnt = gathered(world, path)
    assert [(one.label, one.weight > 1) for one in learnt.every if "quai du port de" in one.text.lower()] == [
        ("EAU", True)
    ]
    assert learnt.sources[0].kept == 2


def gathered(world: RoutingWorld, *files: Path) -> lessons.Lessons:
    return lessons.gather(lessons_texts(), files, known(world), known=frozenset({"EAU", "ELEC", "PORTS"}))


def lessons_texts() -> Path:
    from server.routing import making

    return making.OWN_TEXTS


def test_an_unknown_administration_is_refused_with_its_line(world: RoutingWorld, tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\nfuite,EAU\nquai,PORT\nquai deux,PORT\n", "utf-8")
    with pytest.raises(BadSamples) as refused:
        gathered(world, path)
    assert refused.value.code == "unknown_labels"
    assert refused.value.values["unknown"] == ((3, "PORT"),)


def test_a_citizens_rare_words_are_in_no_model():
    private = [stems(f"fuite rue basse signée Zineb Elfassi BK{n}23456 0661{n}23344") for n in range(2)]
    own = [stems("fuite d'eau rue haute"), *(stems(f"quai du port {n}") for n in "abcd")]
    features = learn_lexicon([*private, *own], [True, True] + [False] * 5).features
    assert "=fuite" in features
    assert "=haute" in features
    assert not {"=zineb", "=elfassi", "+zineb elfassi"} & set(features)
    assert stem("bk123456") == NUMBER
    assert stem("3lach") == "3lach"


def drifting(count: int, seed: int) -> list[Lesson]:
    """Texts of three subjects, a part of them with the words of another one: some cannot be known."""
    rng = random.Random(seed)
    words = {"A": "eau robinet fuite", "B": "courant poteau câble", "C": "quai bateau filet"}
    found = []
    for _ in range(count):
        label = rng.choice("ABC")
        told = label if rng.random() < 0.75 else rng.choice("ABC")
        text = " ".join(rng.choices(words[told].split(), k=3) + rng.choices(words[label].split(), k=1))
        found.append(Lesson(text + f" numéro {rng.choice('abcdefgh')}", label, is_dated=True))
    return found


def test_confidence_is_honest_and_the_surer_the_model_the_oftener_it_is_right():
    model = training.learn(drifting(900, 1))
    unseen = drifting(600, 2)
    said = np.array([model.confidences(one.text) for one in unseen])
    right = np.array(
        [model.labels[best] == one.label for best, one in zip(said.argmax(1), unseen, strict=True)]
    )
    order = np.argsort(said.max(1))
    thirds = [right[part].mean() for part in np.array_split(order, 3)]
    assert thirds == sorted(thirds)
    assert thirds[0] < thirds[2]
    assert abs(said.max(1).mean() - right.mean()) < 0.1
    assert right[said.max(1) >= model.threshold].mean() > 0.85


def test_confidence_never_changes_the_order_of_the_labels():
    model = training.learn(drifting(600, 3))
    for one in drifting(50, 4):
        logits, confidences = model.logits(one.text), model.confidences(one.text)
        assert (np.argsort(logits) == np.argsort(confidences)).all()


def test_the_newest_fifth_of_each_dated_source_is_kept_apart_and_never_our_own_texts():
    own = [Lesson(text, label) for text, label in TEXTS]
    file = [Lesson(f"texte {n}", "EAU", is_dated=True) for n in range(10)]
    moved = [Lesson(f"corrigé {n}", "ELEC", 4.0, is_dated=True) for n in range(5)]
    seen, unseen = keep_apart([*own, *file, *moved])
    assert [one.text for one in unseen] == ["texte 8", "texte 9", "corrigé 4"]
    assert len(seen) + len(unseen) == len(own) + 15
