"""Places by HCP code: complete, consistent, in both languages."""

import pytest

from resources import places


def test_there_are_twelve_regions_with_names_in_both_scripts():
    assert len(places.regions()) == 12
    assert places.region_label("04", "fr") == "Rabat-Salé-Kénitra"
    assert places.region_label("04", "ar") == "الرباط-سلا-القنيطرة"


def test_every_commune_lies_in_a_known_province_and_its_region():
    every = places.communes()
    assert len(every) == 1503
    assert len({one.code for one in every}) == 1503
    for one in every:
        province = places.province(one.province)
        assert province is not None
        assert province.region == one.region
        assert one.code.startswith(one.province)
        assert one.name_fr and one.name_ar


def test_lists_go_down_from_region_to_commune_by_name():
    provinces = places.provinces("04")
    assert [one.name_fr for one in provinces] == sorted(one.name_fr for one in provinces)
    assert {one.region for one in provinces} == {"04"}
    rabat = next(one for one in provinces if one.name_fr == "Rabat")
    assert "Rabat" in [one.name_fr for one in places.communes(rabat.code)]


def test_the_same_name_in_two_places_is_told_apart_by_its_code():
    names = [one.name_fr for one in places.communes()]
    repeated = next(name for name in names if names.count(name) > 1)
    codes = {one.code for one in places.communes() if one.name_fr == repeated}
    assert len(codes) == names.count(repeated)


def test_unknown_codes_have_no_place_and_no_label():
    assert places.commune("99.999.99.9") is None
    assert places.province("") is None
    assert places.label("nowhere", "ar") == ""
    assert places.communes("99.999") == ()
    assert places.provinces("99") == ()


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("04", "04.421", "04.421.01.0"), True),
        (("", "", "04.421.01.0"), True),
        (("04", "", ""), True),
        (("06", "04.421", ""), False),
        (("04", "04.441", "04.421.01.0"), False),
        (("06", "", "04.421.01.0"), False),
        (("99", "", ""), False),
        (("", "99.999", ""), False),
    ],
)
def test_codes_must_lie_in_each_other(codes: tuple[str, str, str], expected: bool):
    assert places.is_consistent(*codes) is expected
