"""Routing by content, over the shipped register, rules and texts."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from protocol.complaint import Place
from protocol.settings import COORDINATION, Onboarding
from server.directory import read_register
from server.routing import model as models
from server.routing.features import stem
from server.routing.keywords import BadRules, read_rules
from server.routing.model import BadModel
from server.routing.router import RESOURCES, RULES, TEXTS, Router, Why
from server.routing.training import OneLabelOnly, train

SMALL = (
    ("coupure d'eau dans le quartier", "eau"),
    ("انقطاع الماء بالحي", "eau"),
    ("facture d'eau trop élevée", "eau"),
    ("المستشفى بدون طبيب", "sante"),
    ("aucun médecin à l'hôpital", "sante"),
    ("l'hôpital manque de lits", "sante"),
)


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Router:
    return Router.load(tmp_path_factory.mktemp("routing"))


def small_model() -> models.Model:
    return train([text for text, _ in SMALL], [label for _, label in SMALL])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("كنعاني من قلة الما فالدار ديالنا من نهار الحد والروبيني ناشف", "ONEE-EAU"),
        ("Le transformateur a explosé et tout le village est dans le noir", "ONEE-ELEC"),
        ("rani mrid w sbitar ma fih ta tbib", "SANTE"),
        ("لم أتوصل بالتعويضات العائلية من الضمان الاجتماعي", "CNSS"),
        ("Le conservateur refuse d'établir mon titre foncier", "ANCFCC"),
        ("القنصلية بمدريد لا تجيب على الهاتف لتجديد جواز سفري", "MAECAMRE"),
    ],
)
def test_texts_in_no_training_file_reach_their_administration(router: Router, text: str, expected: str):
    routed = router.route(text=text, object="")
    assert routed.administration == expected
    assert routed.why == Why.CONTENT
    assert routed.routing.ranked[0][0] == expected
    assert routed.routing.model == router.model.version
    assert sum(share for _, share in routed.routing.ranked) <= 1.001


def test_the_words_that_decided_are_shown_as_the_citizen_wrote_them(router: Router):
    routed = router.route(text="La FACTURE d'Électricité est excessive, bonjour.")
    assert "Électricité" in routed.routing.words
    assert "est" not in routed.routing.words


def test_a_doubtful_text_goes_to_triage_with_its_ranking(router: Router):
    routed = router.route(text="Je voudrais me plaindre de tout cela.")
    assert (routed.administration, routed.unit, routed.why) == (COORDINATION, "CN-TRI", Why.DOUBTFUL)
    assert routed.routing.administration != COORDINATION
    assert len(routed.routing.ranked) == 5


def test_a_body_not_yet_operational_is_relayed_by_coordination(router: Router):
    routed = router.route(text="La mosquée du quartier est fermée, l'imam des Habous ne répond pas.")
    assert (routed.administration, routed.why) == (COORDINATION, Why.NOT_OPERATIONAL)
    assert routed.routing.administration == "HABOUS"


def test_the_live_onboarding_state_is_the_one_that_counts(router: Router):
    text = "Coupure d'eau potable, plus rien au robinet."
    assert router.route(text=text, operational=frozenset({"CNSS"})).administration == COORDINATION


def test_the_citizens_choice_is_followed_when_it_is_operational(router: Router):
    routed = router.route(text="Plus d'eau au robinet.", named="CNSS")
    assert (routed.administration, routed.why) == ("CNSS", Why.NAMED)
    assert routed.routing.administration == "CNSS"
    assert routed.routing.ranked[0][0] == "ONEE-EAU"


def test_a_named_body_that_is_not_operational_goes_to_coordination(router: Router):
    assert router.route(text="Plus d'eau au robinet.", named="ANAPEC").administration == COORDINATION


def test_the_place_picks_the_unit(router: Router):
    text = "Coupure d'eau potable, plus rien au robinet."
    assert router.route(text=text, place=Place(region="04")).unit == "ONEE-EAU-RSK"
    assert router.route(text=text, place=Place(commune="04.421.01.0")).unit == "ONEE-EAU-RSK"
    assert router.route(text=text, place=Place(region="12")).unit == "ONEE-EAU-CENTRAL"
    assert router.route(text=text).unit == "ONEE-EAU-CENTRAL"


def test_in_a_territory_its_own_company_answers_for_water_and_power(router: Router):
    for text in ("Coupure d'eau potable au robinet.", "Panne d'électricité, le transformateur a grillé."):
        assert router.route(text=text, place=Place(region="06")).administration == "SRM-CS"


def test_a_company_not_yet_operational_does_not_take_over(router: Router):
    routed = router.route(text="Coupure d'eau potable au robinet.", place=Place(region="09"))
    assert routed.administration == "ONEE-EAU"


def test_the_theme_decides_where_the_text_says_little(router: Router):
    vague = "Personne ne répond depuis des semaines."
    assert router.route(text=vague, theme="driving_licence").routing.ranked[0][0] == "NARSA"


@pytest.mark.parametrize("text", ["", " ", "؟!", "\0", "🙂", "a" * 100_000, "كلمة " * 20_000])
def test_odd_texts_are_routed_without_complaint(router: Router, text: str):
    assert router.route(text=text).administration


def test_shipped_texts_cover_every_operational_body_in_both_languages_and_darija():
    with TEXTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = {one.code: one.onboarding for one in read_register().administrations}
    assert {row["label"] for row in rows} <= codes.keys()
    assert len({row["text"] for row in rows}) == len(rows)
    for code, state in codes.items():
        if state == Onboarding.OPERATIONAL and code != COORDINATION:
            tongues = Counter(row["language"].split("-")[0] for row in rows if row["label"] == code)
            assert tongues.total() >= 12, code
            assert tongues.keys() == {"fr", "ar", "ary"}, code


def test_rules_speak_of_known_administrations_and_themes():
    register = read_register()
    file = read_rules(RESOURCES / RULES).file
    codes = {one.code for one in register.administrations}
    assert file.administrations.keys() | {"CN"} == codes
    assert file.themes.keys() <= {one.code for one in register.themes}
    assert {code for targets in file.themes.values() for code in targets} <= codes


def test_a_term_of_several_words_must_stand_in_that_order():
    rules = read_rules(RESOURCES / RULES)
    assert "JUSTICE" in rules.listen("mon extrait de casier judiciaire")
    assert "JUSTICE" not in rules.listen("judiciaire casier")


def test_unreadable_rules_are_told_with_their_place(tmp_path: Path):
    path = tmp_path / "keywords.json"
    path.write_text('{"strong_weight": "much"}')
    with pytest.raises(BadRules, match=r"strong_weight"):
        read_rules(path)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("الماء", "ماء"),
        ("بالحي", "حي"),
        ("والكهرباء", "كهرباء"),
        ("الما", "الما"),
        ("بالما", "الما"),
        ("1250", "0"),
        ("l9ayd", "l9ayd"),
    ],
)
def test_stems_lose_article_and_joined_prefixes(word: str, expected: str):
    assert stem(word) == expected


def test_the_same_texts_give_the_same_model():
    assert small_model().version == small_model().version


def test_a_saved_model_answers_as_before(tmp_path: Path):
    model = small_model()
    model.save(tmp_path)
    read = models.load(tmp_path)
    assert read.version == model.version
    assert np.array_equal(read.confidences("l'eau est coupée"), model.confidences("l'eau est coupée"))


def test_an_altered_or_foreign_file_is_no_model(tmp_path: Path):
    model = small_model()
    path = model.save(tmp_path)
    content = bytearray(path.read_bytes())
    content[content.index(model.weights.tobytes()[:64])] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadModel):
        models.load(tmp_path)
    path.write_bytes(b"not a model")
    with pytest.raises(BadModel):
        models.load(tmp_path)


def test_one_label_only_is_refused():
    with pytest.raises(OneLabelOnly):
        train(["a", "b"], ["x", "x"])


def test_confidence_is_a_probability_and_the_words_add_up_to_their_side():
    model = small_model()
    confidences = model.confidences("facture d'eau")
    assert confidences.sum() == pytest.approx(1)
    assert model.labels[int(confidences.argmax())] == "eau"
    assert {one.word for one in model.deciding_words("facture d'eau", "eau")} <= {"facture", "eau"}
    assert model.deciding_words("facture d'eau", "unknown") == ()
