"""CSV files as ministries bring them: read whatever saved them, or refused with the line."""

import random
from pathlib import Path

import pytest

from server.routing import samples as reading
from server.routing.samples import BadSamples, read_samples

ROWS = [
    (f"{subject} numéro {n} {extra}", label)
    for n in range(12)
    for subject, extra, label in (
        ("coupure d'eau à l’école", "robinet sec", "EAU"),
        ("مشكل العداد الكهربائي معطل", "الظلام", "ELEC"),
        ("train en retard ; quai", "et billet", "RAIL"),
    )
]
FRENCH = [row for row in ROWS if row[1] != "ELEC"]
ARABIC = [("انقطع الماء عن الحي منذ يومين", "EAU"), ("عداد معطل", "ELEC")]


def written(path: Path, *, comma: str = ",", encoding: str = "utf-8", rows=ROWS) -> Path:
    lines = [f"text{comma}label", *(f'"{text}"{comma}{label}' for text, label in rows)]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def pairs(path: Path) -> list[tuple[str, str]]:
    samples = read_samples(path)
    return list(zip(samples.texts, samples.labels, strict=True))


@pytest.mark.parametrize("comma", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_files_are_read_as_people_save_them(tmp_path: Path, comma: str, encoding: str):
    assert pairs(written(tmp_path / "a.csv", comma=comma, encoding=encoding)) == ROWS


@pytest.mark.parametrize(("encoding", "rows"), [("cp1252", FRENCH), ("cp1256", ARABIC), ("cp1256", ROWS)])
def test_files_of_old_windows_programs_are_read_with_their_letters(tmp_path: Path, encoding: str, rows):
    assert pairs(written(tmp_path / "a.csv", comma=";", encoding=encoding, rows=rows)) == rows


@pytest.mark.parametrize(
    "heading", ["Texte;Administration", "sep=;\nN°;TEXT;Label", "النص;الإدارة", "\n\nréclamation;code"]
)
def test_columns_are_known_by_their_names_in_both_languages(tmp_path: Path, heading: str):
    path = tmp_path / "a.csv"
    row = "7;plus d'eau;EAU" if "N°" in heading else "plus d'eau;EAU"
    path.write_text(f"{heading}\n{row}\n", "utf-8")
    assert pairs(path) == [("plus d'eau", "EAU")]


def test_quoted_separators_quotes_and_line_breaks_stay_in_the_text(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text('Date,Label,Text\n2026,EAU,"plus, d\'eau\n""rien"""\n,,\n', "utf-8")
    assert pairs(path) == [('plus, d\'eau\n"rien"', "EAU")]


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "no_rows", None),
        (b"text,label\n", "no_rows", None),
        (b"objet,label\na,b\n", "no_column", 1),
        (b"text,nombre\na,b\n", "no_column", 1),
        (b"text,label,Text\na,b,c\n", "column_twice", 1),
        ("text,label\néàé,x\nété\n".encode() + b"\xe9t\xe9,y\n", "damaged", 4),
        (b'text,label\nun,x\n"deux,x\n', "broken_quotes", 3),
        (b'text,label\nun,x\n"deux"trois,x\n', "broken_quotes", 3),
        (b'text,label\n"' + b"a" * 1_000_001 + b'",x\n', "endless_field", 2),
    ],
)
def test_a_file_that_cannot_be_learnt_is_refused_with_its_line(tmp_path: Path, content, code, line):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(BadSamples) as refused:
        read_samples(path)
    assert (refused.value.code, refused.value.values.get("line")) == (code, line)


FAULTY = b'text,label\nun,x\n,y\n"de\nux",y\ntrois,\nquatre,x,cinq\nsi\0x,x\n \n'


def test_faulty_rows_are_told_together_with_their_lines(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes(FAULTY)
    with pytest.raises(BadSamples) as refused:
        read_samples(path)
    told = [(fault.line, fault.code) for fault in refused.value.values["faults"]]
    assert told == [(3, "no_text"), (6, "no_label"), (7, "too_many_fields"), (8, "nul_byte")]


def test_faulty_rows_may_be_passed_over_and_are_counted(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes(FAULTY)
    samples = read_samples(path, skip_faults=True)
    assert samples.texts == ("un", "de\nux")
    assert (samples.read, len(samples.faults)) == (6, 4)


def test_a_missing_file_is_told_as_such(tmp_path: Path):
    with pytest.raises(BadSamples) as refused:
        read_samples(tmp_path / "none.csv")
    assert refused.value.code == "unreadable"


def test_of_a_long_file_the_newest_are_kept_and_some_of_every_rare_label(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_TEXTS", 100)
    monkeypatch.setattr(reading, "OF_EACH_LABEL", 3)
    monkeypatch.setattr(reading, "PROGRESS_EVERY", 250)
    rows = [(f"texte {n}", "RARE" if n < 10 else "FREQUENT") for n in range(1000)]
    told: list[int] = []
    samples = read_samples(written(tmp_path / "a.csv", rows=rows), progress=told.append)
    assert samples.read == 1000
    assert told == [250, 500, 750, 1000]
    assert samples.texts[:3] == ("texte 7", "texte 8", "texte 9")
    assert samples.texts[-100:] == tuple(f"texte {n}" for n in range(900, 1000))
    assert list(samples.lines) == sorted(samples.lines)


def test_any_bytes_are_read_or_refused_never_more(tmp_path: Path):
    chance = random.Random(5)
    path = tmp_path / "a.csv"
    for _ in range(200):
        noise = chance.randbytes(chance.randrange(400))
        path.write_bytes(b"text,label\n" * chance.randrange(2) + noise)
        try:
            read_samples(path)
        except BadSamples:
            pass
