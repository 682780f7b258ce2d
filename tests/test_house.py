"""The house rules that a machine can check: sizes, places, catalogues that say the same in both languages."""

import json
import re
import string
import subprocess
from pathlib import Path

import pytest

from protocol import acts, complaint, settings
from resources import vocabulary
from resources.catalogue import FOLDER, plural_category

ROOT = Path(__file__).parents[1]
NOT_PLACES = {"utils", "helpers", "common", "misc", "manager", "base"}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [ROOT / name for name in listed if (ROOT / name).exists()]


def test_no_python_file_is_longer_than_400_lines():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_every_module_opens_by_saying_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked("*.py")
        if path.stat().st_size and not path.read_text(encoding="utf-8").startswith('"""')
    ]
    assert not silent


def test_no_module_is_a_drawer():
    assert not [path for path in tracked("*.py") if path.stem in NOT_PLACES]


def test_the_lock_file_hashes_everything_and_names_no_host():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "--hash=sha256:" in lock
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|--trusted-host", lock)


def test_no_style_sheet_names_left_or_right():
    sided = re.compile(
        r"(margin|padding|border|float|text-align)[\w-]*(-left|-right)\b|text-align:\s*(left|right)"
    )
    guilty = [
        f"{path.relative_to(ROOT)}: {found.group(0)}"
        for path in tracked("desktop/ui/*.py", "server/portal/static/*.css")
        if (found := sided.search(path.read_text(encoding="utf-8")))
    ]
    assert not guilty


def subjects() -> list[str]:
    return sorted({path.name.split(".")[0] for path in FOLDER.glob("*.json")})


def entries(subject: str, language: str) -> dict[str, str | dict[str, str]]:
    return json.loads((FOLDER / f"{subject}.{language}.json").read_text(encoding="utf-8"))


def fields(entry: str | dict[str, str]) -> set[str]:
    forms = [entry] if isinstance(entry, str) else list(entry.values())
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize("subject", subjects())
def test_french_and_arabic_have_the_same_keys_and_fields(subject):
    french, arabic = entries(subject, "fr"), entries(subject, "ar")
    assert french.keys() == arabic.keys()
    for key in french:
        assert fields(french[key]) - {"n"} == fields(arabic[key]) - {"n"}, key


@pytest.mark.parametrize("subject", subjects())
def test_counted_texts_have_every_form_their_language_needs(subject):
    for language in ("fr", "ar"):
        needed = {plural_category(language, n) for n in range(200)}
        for key, entry in entries(subject, language).items():
            if isinstance(entry, dict):
                assert needed - {"zero"} <= entry.keys() and "other" in entry, f"{key} ({language})"


@pytest.mark.parametrize("subject", subjects())
def test_arabic_texts_are_in_arabic(subject):
    latin_only = re.compile(r"^[^\u0600-\u06ff]*[A-Za-z]{3,}[^\u0600-\u06ff]*$")
    keep = re.compile(r"^(\{[a-z_]+\}|[\W\d]|Ctrl|Enter|Esc|PDF|JPEG|PNG|http\S*|Chekaya|Français|fr|ar)*$")
    english = {
        key: entry
        for key, entry in entries(subject, "ar").items()
        if isinstance(entry, str) and latin_only.match(entry) and not keep.match(entry)
    }
    assert not english


@pytest.mark.parametrize(
    ("group", "enumeration"),
    [
        ("status", complaint.Status),
        ("type", complaint.RequestType),
        ("channel", complaint.Channel),
        ("nature", complaint.Nature),
        ("identity", complaint.IdentityKind),
        ("ground", complaint.Inadmissibility),
        ("event", complaint.EventKind),
        ("role", settings.Role),
        ("onboarding", settings.Onboarding),
    ],
)
def test_every_stored_code_has_a_label_in_both_languages(group, enumeration):
    assert set(enumeration) <= set(vocabulary.codes(group))
    for code in enumeration:
        assert vocabulary.label(group, code, "fr") and vocabulary.label(group, code, "ar")


def test_every_act_has_a_label():
    assert {kind for kind, _ in acts.KINDS} == set(vocabulary.codes("act"))


def test_there_is_less_than_one_mock_in_ten_tests():
    texts = [path.read_text(encoding="utf-8") for path in tracked("tests/*.py") if path != Path(__file__)]
    tests = sum(len(re.findall(r"^ *(?:async )?def test_", text, re.M)) for text in texts)
    mocks = sum(
        len(re.findall(r"\bMagicMock\(|\bMock\(|monkeypatch\.setattr|mocker\.", text)) for text in texts
    )
    assert mocks < tests / 10 or tests < 10
