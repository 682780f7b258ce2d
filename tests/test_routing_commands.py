"""`route train|explain|evaluate`: any text,label file, clear words when it is unusable."""

import json
from pathlib import Path

import pytest

from server.admin import main
from server.routing.evaluation import evaluate, split
from server.routing.samples import BadSamples, read_samples
from server.routing.training import train

ROWS = [
    (f"{subject} numéro {n} {extra}", label)
    for n in range(12)
    for subject, extra, label in (
        ("coupure d'eau", "robinet sec", "eau"),
        ("العداد الكهربائي معطل", "الظلام", "kahraba"),
        ("train en retard", "quai et billet", "rail"),
    )
]


def written(path: Path, *, comma: str = ",", encoding: str = "utf-8", rows=ROWS) -> Path:
    lines = [f"text{comma}label", *(f'"{text}"{comma}{label}' for text, label in rows)]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


@pytest.mark.parametrize("comma", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_files_are_read_as_people_save_them(tmp_path: Path, comma: str, encoding: str):
    samples = read_samples(written(tmp_path / "a.csv", comma=comma, encoding=encoding))
    assert list(zip(samples.texts, samples.labels, strict=True)) == ROWS


def test_columns_may_stand_in_any_order_among_others(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text('Date,Label,Text\n2026,eau,"plus d\'eau, ""rien"""\n,,\n', "utf-8")
    samples = read_samples(path)
    assert samples.texts == ('plus d\'eau, "rien"',)
    assert samples.labels == ("eau",)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "line 1: no column named text nor label"),
        (b"texte,label\na,b\n", "line 1: no column named text"),
        (b"text,label\n", "no labelled text"),
        (b"text,label\nun,x\n,y\n", "line 3: an empty text"),
        (b"text,label\nun,x\ndeux,\n", "line 3: no label"),
        (b"text,label\nun,x\n\xe9t\xe9,y\n", "line 3: not UTF-8"),
        ("text,label\nun,x\n".encode("utf-16"), "UTF-16"),
        (b'text,label\n"un,x\n', "line 2"),
    ],
)
def test_an_unusable_file_is_refused_with_its_line(tmp_path: Path, content: bytes, told: str):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(BadSamples, match=told):
        read_samples(path)


def test_a_missing_file_ends_with_code_two_and_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["route", "evaluate", str(tmp_path / "none.csv")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_one_label_ends_with_code_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = written(tmp_path / "a.csv", rows=[(text, "same") for text, _ in ROWS])
    assert main(["route", "evaluate", str(path)]) == 2
    assert "only one label (same)" in capsys.readouterr().err


def test_evaluation_tells_all_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = written(tmp_path / "a.csv")
    assert main(["route", "evaluate", str(path), "--time-split", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["texts"] == len(ROWS) // 5
    assert figures["top1"] == figures["top3"] == figures["macro_f1"] == 1
    assert figures.keys() >= {"calibration_error", "coverage", "texts_per_second"}
    assert main(["route", "evaluate", str(path)]) == 0
    assert "coverage_at_90_percent_precision" in capsys.readouterr().out


def test_the_time_split_keeps_the_last_fifth_and_the_draw_every_label(tmp_path: Path):
    samples = read_samples(written(tmp_path / "a.csv"))
    seen, unseen = split(samples, by_time=True)
    assert seen.texts + unseen.texts == samples.texts
    _, drawn = split(samples, by_time=False)
    assert set(drawn.labels) == {"eau", "kahraba", "rail"}
    assert not set(drawn.texts) & set(split(samples, by_time=False)[0].texts)


def test_wrong_answers_lower_the_figures(tmp_path: Path):
    samples = read_samples(written(tmp_path / "a.csv"))
    model = train(samples.texts, samples.labels)
    wrong = [(text, {"eau": "rail", "rail": "eau", "kahraba": "new"}[label]) for text, label in ROWS]
    figures = evaluate(model, read_samples(written(tmp_path / "b.csv", rows=wrong)))
    assert figures.top1 == 0
    assert figures.coverage == 0
    assert figures.calibration_error > 0.3


def test_a_ministry_trains_and_then_asks_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rows = [
        (text, {"eau": "ONEE-EAU", "kahraba": "ONEE-ELEC", "rail": "ONCF"}[label]) for text, label in ROWS
    ]
    path = written(tmp_path / "a.csv", rows=rows)
    assert main(["route", "train", str(path), "--data", str(tmp_path)]) == 0
    assert main(["route", "explain", "le train est en retard", "--data", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "ONCF" in out
    assert "words: " in out
    assert main(["route", "evaluate", str(path), "--data", str(tmp_path)]) == 0
    assert main(["route", "evaluate", str(path), "--data", str(tmp_path / "empty")]) == 2
    assert main(["route", "explain", " ", "--data", str(tmp_path)]) == 2
