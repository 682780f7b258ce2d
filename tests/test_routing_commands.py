"""`route …` as an operator types it: figures that add up, clear words when a file is unusable."""

import json
from pathlib import Path

import pytest

from server.admin import main
from server.routing.evaluation import evaluate, judge, split, unlearnt
from server.routing.samples import read_samples
from server.routing.training import train
from server.routing.wording import language_of
from tests.routing_world import RoutingWorld, routing_world
from tests.test_routing_samples import ROWS, written


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with routing_world(tmp_path, monkeypatch) as built:
        yield built


@pytest.fixture
def say(world: RoutingWorld, capsys: pytest.CaptureFixture[str]):
    """Type `route …` against the world's register: exit code, standard output, standard error."""

    def typed(*words: str, language: str = "fr") -> tuple[int, str, str]:
        capsys.readouterr()
        data = str(world.world.config.data)
        code = main(["route", words[0], "--data", data, "--language", language, *words[1:]])
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed


def dated(tmp_path: Path) -> Path:
    rows = [
        (f"câble tombé rue {n}", "ELEC") if n % 2 else (f"égout bouché rue {n}", "EAU") for n in range(100)
    ]
    return written(tmp_path / "dated.csv", rows=rows)


def test_evaluation_tells_all_its_figures_and_a_line_for_each_label(tmp_path: Path, capsys):
    path = str(written(tmp_path / "a.csv"))
    assert main(["route", "evaluate", "--csv", path, "--time-split", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    figures = told["figures"]
    assert figures["texts"] == len(ROWS) // 5 == sum(one["texts"] for one in told["by_label"])
    assert figures["top1"] == figures["top3"] == figures["macro_f1"] == 1
    assert figures.keys() >= {"calibration_error", "coverage", "texts_per_second"}
    assert main(["route", "evaluate", "--csv", path, "--language", "fr"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("top1", "top3", "macro_f1", "ece", "coverage_p90"))
    assert "RAIL\t2\t1.00" in out


def test_the_time_split_keeps_the_last_fifth_and_the_draw_every_label(tmp_path: Path):
    samples = read_samples(written(tmp_path / "a.csv"))
    seen, unseen = split(samples, by_time=True)
    assert seen.texts + unseen.texts == samples.texts
    _, drawn = split(samples, by_time=False)
    assert set(drawn.labels) == {"EAU", "ELEC", "RAIL"}
    assert not set(drawn.texts) & set(split(samples, by_time=False)[0].texts)


def test_wrong_answers_lower_the_figures(tmp_path: Path):
    samples = read_samples(written(tmp_path / "a.csv"))
    model = train(samples.texts, samples.labels)
    wrong = [(text, {"EAU": "RAIL", "RAIL": "EAU", "ELEC": "new"}[label]) for text, label in ROWS]
    judged = judge(model, read_samples(written(tmp_path / "b.csv", rows=wrong)))
    assert judged.figures.top1 == 0
    assert judged.figures.coverage == 0
    assert judged.figures.calibration_error > 0.3
    assert {one.label: one.recall for one in judged.by_label} == {"EAU": 0, "RAIL": 0, "new": 0}


def test_a_model_is_never_judged_on_what_it_learnt(tmp_path: Path):
    samples = read_samples(written(tmp_path / "a.csv"))
    seen, unseen = split(samples, by_time=True)
    model = train(seen.texts, seen.labels)
    assert unlearnt(model, samples).texts == unseen.texts
    assert evaluate(model, unlearnt(model, samples)).texts == len(unseen)


def test_a_ministry_trains_tries_and_promotes(say, world: RoutingWorld, tmp_path: Path):
    path = str(dated(tmp_path))
    code, out, _ = say("train", "--csv", path, "--as", "shadow", "--with-corrections")
    assert code == 0
    assert "à l’essai" in out
    assert "100 lignes lues" in out
    version = next(line.split()[0] for line in out.splitlines() if "à l’essai" in line)
    code, out, _ = say("promote", version)
    assert code == 0
    assert "Rien n’est changé" in out
    code, out, _ = say("promote", version[:6], "--by", "nadia")
    assert code == 0
    assert "mêmes textes" in out
    code, out, _ = say("list")
    assert f"{version}   en service" in out
    assert "par nadia" in out
    assert "retiré" in out
    code, out, _ = say("explain", "égout bouché rue 7")
    assert out.startswith("EAU")


@pytest.mark.parametrize(("login", "told"), [("salma", "coordination"), ("nobody", "Aucun compte")])
def test_only_national_coordination_promotes(say, world: RoutingWorld, tmp_path: Path, login: str, told: str):
    _, out, _ = say("train", "--csv", str(dated(tmp_path)))
    version = next(line.split()[0] for line in out.splitlines() if "prêt" in line)
    code, _, err = say("promote", version, "--by", login)
    assert code == 2
    assert told in err
    assert "prêt" in say("list")[1]


def test_what_is_in_use_stays_and_what_is_not_known_is_said(say, world: RoutingWorld):
    version = world.first().version
    assert say("retire", version)[0] == say("shadow", version)[0] == say("promote", version)[0] == 2
    code, _, err = say("retire", "ffff")
    assert (code, "ffff" in err) == (2, True)


def test_a_version_is_tried_and_retired(say, world: RoutingWorld, tmp_path: Path):
    _, out, _ = say("train", "--csv", str(dated(tmp_path)))
    version = next(line.split()[0] for line in out.splitlines() if "prêt" in line)
    assert say("shadow", version)[0] == 0
    assert "à l’essai" in say("list")[1]
    assert say("retire", version)[0] == 0
    assert "retiré" in say("list")[1]


@pytest.mark.parametrize(("language", "told"), [("fr", "ligne 3 : texte vide"), ("ar", "السطر 3: نص فارغ")])
def test_faulty_lines_are_said_in_the_operators_language(say, tmp_path: Path, language: str, told: str):
    path = tmp_path / "a.csv"
    path.write_text("text,label\nfuite,EAU\n,EAU\n", "utf-8")
    code, out, err = say("train", "--csv", str(path), language=language)
    assert (code, out) == (2, "")
    assert told in err


def test_unknown_administrations_are_refused_with_their_lines(say, tmp_path: Path):
    code, _, err = say("train", "--csv", str(written(tmp_path / "a.csv")))
    assert code == 2
    assert "ligne 4 : administration inconnue « RAIL »" in err


def test_one_label_and_missing_files_end_with_code_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = written(tmp_path / "a.csv", rows=[(text, "SAME") for text, _ in ROWS])
    for typed in (["--csv", str(path)], ["--csv", str(tmp_path / "none.csv")]):
        assert main(["route", "evaluate", *typed, "--language", "fr"]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_a_changed_model_file_is_said_and_not_evaluated(say, world: RoutingWorld, tmp_path: Path):
    version = world.first().version
    path = world.routing / "models" / version / "model.npz"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"x")
    code, _, err = say("evaluate", "--csv", str(dated(tmp_path)))
    assert code == 2
    assert "pas celui qui a été enregistré" in err


def test_the_terminal_tells_the_language():
    assert language_of({"LANG": "ar_MA.UTF-8"}) == "ar"
    assert language_of({"LC_ALL": "fr_FR.UTF-8", "LANG": "ar_MA.UTF-8"}) == "fr"
    assert language_of({}) == "fr"
