"""Which words a letter takes: the letterhead from the register, the model's phrases, the agent's own text."""

import hashlib
from datetime import date
from pathlib import Path

import msgspec
import pytest

from letters.composition import letterhead_of
from letters.letter import missing
from letters.models import ANSWER, Both, model
from protocol.complaint import Nature, Person, Point
from protocol.settings import Role, Settings
from resources import places
from tests.letter_world import (
    ON,
    SETTINGS,
    body,
    complaint,
    head,
    letter,
    register,
    reply,
    service,
    signer,
)

RELEASED = {"answer-1": "9a2dbea38038875c6005357c8c354e11c084647ccb528d35f44e0f0743f44b80"}
"""SHA-256 of every model that has served: an edited one would change letters already sent."""

FOLDER = Path(places.__file__).with_name("letters")


def test_a_model_that_has_served_is_never_edited():
    found = {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("answer-*.json")
    }
    assert found == RELEASED
    assert ANSWER in found


def test_every_phrase_of_the_model_is_in_both_languages_with_the_same_places():
    raw = msgspec.json.decode((FOLDER / f"{ANSWER}.json").read_bytes())

    def pairs(value):
        if isinstance(value, dict):
            if set(value) == {"ar", "fr"}:
                yield value
            for part in value.values():
                yield from pairs(part)

    for pair in pairs(raw):
        if isinstance(pair["ar"], str):
            assert pair["ar"].strip() and pair["fr"].strip()
            places_of = [{part.split("}")[0] for part in pair[each].split("{")[1:]} for each in ("ar", "fr")]
            assert places_of[0] == places_of[1], pair
        else:
            assert pair["ar"] and pair["fr"]


@pytest.mark.parametrize("administration", [one.code for one in register().administrations])
def test_every_body_of_the_register_can_write_a_whole_letter(administration):
    units = [unit for unit in register().units if unit.administration == administration]
    for unit in (None, *units):
        person = signer(administration=administration)
        own = letterhead_of(body(administration), unit, person, SETTINGS, on=ON)
        assert missing(letter(head=own)) == ()


def test_a_regional_service_writes_from_its_own_town_and_the_others_from_the_seat():
    fes = letterhead_of(body("ONEE-EAU"), service("ONEE-EAU-FM"), None, SETTINGS, on=ON)
    central = letterhead_of(body("ONEE-EAU"), service("ONEE-EAU-CENTRAL"), None, SETTINGS, on=ON)
    assert (fes.place, central.place) == (Both("فاس", "Fès"), Both("الرباط", "Rabat"))
    assert fes.quality == fes.signatory == Both()


def test_a_ministry_heads_its_own_letters_and_a_body_stands_under_its_ministry():
    own = letterhead_of(body("JUSTICE"), service("JUSTICE-RSK"), None, SETTINGS, on=ON)
    assert own.ministry.fr == "Ministère de la Justice" and own.service == Both()
    assert own.direction.fr.startswith("Sous-direction régionale")
    under = letterhead_of(body("DGCT"), None, None, SETTINGS, on=ON)
    assert under.ministry.fr == "Ministère de l’Intérieur"
    assert under.direction == Both(
        "المديرية العامة للجماعات الترابية", "Direction générale des collectivités territoriales"
    )


def test_the_quality_of_a_signatory_is_the_highest_role_held_here_that_day():
    def quality(*roles, **changes):
        grants = tuple(msgspec.structs.replace(signer(role).grants[0], **changes) for role in roles)
        person = msgspec.structs.replace(signer(), grants=grants)
        return letterhead_of(body("ONEE-EAU"), service("ONEE-EAU-RSK"), person, SETTINGS, on=ON).quality.fr

    assert quality(Role.AGENT) == "Le chargé de traitement"
    assert quality(Role.AGENT, Role.SIGNATORY) == "Le délégataire de signature"
    assert quality(Role.SUPERVISOR, Role.VALIDATOR) == "Le chef de service"
    assert quality(Role.VALIDATOR, ends=date(2026, 1, 1)) == "Le chargé de traitement"
    assert quality(Role.VALIDATOR, starts=date(2027, 1, 1)) == "Le chargé de traitement"
    assert quality(Role.VALIDATOR, administration="JUSTICE") == "Le chargé de traitement"
    assert quality(Role.VALIDATOR, unit="ONEE-EAU-FM") == "Le chargé de traitement"
    assert quality(Role.VALIDATOR, unit="ONEE-EAU-RSK") == "Le chef de service"


def test_an_opening_and_a_courtesy_already_written_are_not_said_twice():
    said = reply(text="سيدتي، سيدي،\nجوابا عن شكايتكم، تم الإصلاح.\nوتقبلوا فائق التقدير والاحترام.")
    one = letter(said=said)
    assert (one.opening, one.introduction) == ("سيدتي، سيدي،", "")
    assert (one.body, one.courtesy) == ("جوابا عن شكايتكم، تم الإصلاح.", "وتقبلوا فائق التقدير والاحترام.")
    french = letter(
        said=reply(language="fr", text="Madame, Monsieur,\nC’est fait.\nVeuillez agréer mes salutations.")
    )
    assert (french.opening, french.body) == ("Madame, Monsieur,", "C’est fait.")
    assert french.introduction.startswith("En réponse à votre réclamation")
    assert french.courtesy == "Veuillez agréer mes salutations."


@pytest.mark.parametrize("salutation", ["سيدتي،", "سيدي،", "سيدي المحترم،"])
def test_one_person_saluted_is_saluted_once(salutation):
    one = letter(said=reply(text=f"{salutation}\n\nجوابا عن شكايتكم، تم الإصلاح."))
    assert (one.opening, one.introduction, one.body) == (salutation, "", "جوابا عن شكايتكم، تم الإصلاح.")


def test_a_text_of_one_line_is_all_body():
    one = letter(said=reply(text="وتفضلوا بسحب الوثيقة."))
    assert one.body == "وتفضلوا بسحب الوثيقة." and one.opening == model().openings.ar


def test_no_word_of_the_answer_is_lost():
    text = "سيدتي، سيدي،\nأولا.\n\nثانيا.\nثالثا.\nوالسلام"
    one = letter(said=reply(text=text))
    assert "\n".join((one.opening, one.body, one.courtesy)) == text


def test_a_point_that_repeats_the_whole_text_is_not_printed_twice():
    said = reply(points=(Point(text="انقطاع", answer=reply().text), Point(text="ب", answer="جواب آخر")))
    assert letter(said=said).points == (("ب", "جواب آخر"),)


@pytest.mark.parametrize(
    ("person", "arabic", "french"),
    [
        (Person(name="فاطمة"), "السيد(ة) \u2068فاطمة\u2069", "M./Mme \u2068فاطمة\u2069"),
        (
            Person(name="Atlas SARL", identity_kind="company"),
            "السيد(ة) الممثل(ة) القانوني(ة) لـ\u2068Atlas SARL\u2069",
            "Le représentant légal de \u2068Atlas SARL\u2069",
        ),
        (Person(name="", identity_kind="anonymous"), "صاحب(ة) الشكاية", "L’auteur de la réclamation"),
    ],
)
def test_the_addressee_is_addressed_by_what_is_known(person, arabic, french):
    assert letter(complaint(person=person)).addressee == Both(arabic, french)


def test_a_person_without_name_and_a_complaint_without_object_stop_the_letter_by_name():
    holed = letter(complaint(person=Person(name=" "), object=" "))
    assert missing(holed) == ("addressee", "subject")


def test_the_ombudsman_has_a_copy_of_what_he_sent():
    copies = letter(complaint(ombudsman=True, ombudsman_reference="WM/77")).copies
    assert [copy.fr for copy in copies] == [
        "Médiateur du Royaume (sa référence : \u2066WM/77\u2069)",
        "dossier de la réclamation (archives)",
    ]
    assert letter(complaint(ombudsman=True)).copies[0].ar == "وسيط المملكة"
    assert len(letter().copies) == 1


@pytest.mark.parametrize("days", [1, 2, 5, 30, 100])
def test_the_reopening_window_agrees_with_its_number(days):
    own = letterhead_of(
        body("ONEE-EAU"), None, signer(), Settings(reopening_days=days, follow_up_url="x"), on=ON
    )
    arabic = {1: "يوم واحد", 2: "يومين", 5: "5 أيام", 30: "30 يوما", 100: "100 يوم"}[days]
    assert f"داخل أجل {arabic} من" in letter(head=own).recourses.ar
    assert ("1 jour " if days == 1 else f"{days} jours ") in letter(head=own).recourses.fr


def test_without_an_address_the_portal_is_named():
    own = letterhead_of(body("ONEE-EAU"), None, signer(), Settings(), on=ON)
    assert "بوابة الشكايات" in letter(head=own).recourses.ar
    assert own.contact.fr == body("ONEE-EAU").name_fr


def test_adverse_answers_say_how_to_contest_them():
    adverse = letter(said=reply(nature=Nature.UNFAVOURABLE))
    assert adverse.is_adverse and "41-90" in adverse.recourses.fr
    assert adverse.introduction.startswith("جوابا عن شكايتكم المشار إلى مراجعها أعلاه، يؤسفني")
    assert not letter().is_adverse and "41-90" not in letter().recourses.fr


def test_a_translation_belongs_to_an_arabic_original_only():
    assert letter(said=reply(language="fr", translation="x")).translation == ""
    assert letter(said=reply(french_only_reason="x")).french_only_reason == ""
    assert letter(head=head()).translation == reply().translation
