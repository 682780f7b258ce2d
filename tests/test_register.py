"""The provisional register: the bodies of the launch, each with names, units and a state."""

import json
import re
from collections import Counter

import pytest

from protocol.settings import COORDINATION, Onboarding
from resources import places, vocabulary
from server.directory import REGISTER, read_register

ARABIC = re.compile("[\u0621-\u064a]")
LATIN = re.compile("[A-Za-z]")

register = read_register()
bodies = [one for one in register.administrations if one.code != COORDINATION]


def test_twenty_nine_bodies_are_operational_and_eighteen_in_preparation():
    assert Counter(one.onboarding for one in bodies) == {
        Onboarding.OPERATIONAL: 29,
        Onboarding.IN_PREPARATION: 18,
    }


def test_national_coordination_is_there_and_operational():
    own = next(one for one in register.administrations if one.code == COORDINATION)
    assert own.onboarding == Onboarding.OPERATIONAL


def test_codes_are_unique_and_fit_registration_numbers():
    codes = [one.code for one in register.administrations]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[A-Z][A-Z-]{1,12}", code) for code in codes)


@pytest.mark.parametrize("part", ["administrations", "units", "themes"])
def test_names_are_in_french_and_in_arabic(part: str):
    for one in getattr(register, part):
        assert LATIN.search(one.name_fr) and not ARABIC.search(one.name_fr), one.code
        assert ARABIC.search(one.name_ar) and not LATIN.search(one.name_ar), one.code


def test_every_entry_is_marked_provisional():
    assert all(one.provisional for one in register.administrations)


def test_every_administration_has_two_to_five_units_and_one_of_them_takes_what_no_region_does():
    for one in register.administrations:
        units = [unit for unit in register.units if unit.administration == one.code]
        assert 2 <= len(units) <= 5, one.code
        assert any(not unit.regions for unit in units), one.code


def test_units_belong_to_known_administrations_and_cover_known_regions():
    codes = {one.code for one in register.administrations}
    assert len({unit.code for unit in register.units}) == len(register.units)
    for unit in register.units:
        assert unit.administration in codes
        assert all(places.region(code) for code in unit.regions)


def test_every_sector_has_a_label_in_the_vocabulary():
    known = set(vocabulary.codes("sector"))
    assert {one.sector for one in register.administrations} <= known
    assert {one.sector for one in register.themes} <= known
    assert len(register.themes) >= 60


def test_answer_templates_name_known_themes_and_exist_in_both_languages():
    templates = json.loads((REGISTER.parent / "templates_answers.json").read_text("utf-8"))
    themes = {one.code for one in register.themes}
    languages = Counter(one["language"] for one in templates)
    assert languages["fr"] == languages["ar"] > 20
    assert {one["theme"] for one in templates} <= themes
    assert len({one["id"] for one in templates}) == len(templates)
