"""The window: queues, list, search, keys, advance, connection, all over the in-memory desk."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.core.records import ConnectionStatus
from desktop.core.translation import Translation
from desktop.ui import connection_presenter
from desktop.ui.command_palette import CommandPalette
from desktop.ui.palette import Tone
from desktop.ui.shortcut_sheet import ShortcutSheet
from desktop.ui.theme import theme
from protocol import acts
from tests.fake_desk import NOW
from tests.frame_world import Frame

ARABIC = re.compile("[\u0600-\u06ff]")


@pytest.fixture
def frame(qtbot, tmp_path):
    opened = Frame(qtbot, tmp_path)
    yield opened
    opened.close()
    theme().choose("light")
    theme().set_scale(1)


def test_the_rail_shows_the_queues_with_their_counts_and_the_name_of_my_unit(frame):
    counts = {known.code: known.count for known in frame.desk.queues()}
    assert frame.window.rail.codes == tuple(counts)
    assert all(frame.window.rail.count(code) == count for code, count in counts.items())
    assert frame.window.rail._groups["unit"].text() == "Service clientèle Rabat"
    assert frame.window.list.head.count.text() == str(counts["mine"])


def test_selecting_a_row_opens_its_complaint_and_enter_goes_into_it(frame):
    complaint = frame.open_row(2)
    assert frame.window.case.complaint == complaint


def test_j_and_k_walk_the_list_whatever_the_keyboard(frame):
    order = frame.complaints()
    frame.window.list.view.setFocus()
    for key, expected in ((Qt.Key.Key_J, 0), (Qt.Key.Key_J, 1), (Qt.Key.Key_K, 0)):
        QTest.keyClick(frame.window, key)
        frame.wait(lambda expected=expected: frame.window.case.complaint == order[expected])
    arabic = {keys.toString() for keys in frame.window.actions_by_key["next"].shortcuts()}
    assert {"J", "ت"} <= arabic


def test_a_letter_typed_in_the_search_box_is_a_letter(frame):
    frame.window.focus_search()
    QTest.keyClicks(frame.window.top.search, "jk")
    assert frame.window.top.search.text() == "jk"
    assert not frame.window.list.view.currentIndex().isValid()


def test_searching_counts_the_matches_and_escape_returns_to_the_queue(frame):
    before = frame.complaints()
    frame.window.focus_search()
    QTest.keyClicks(frame.window.top.search, "FACTURÉ")
    frame.wait(lambda: frame.window.list.head.title.text() == "Recherche" and frame.settled())
    found = len(frame.desk.search("facture").order)
    assert found > 1
    assert frame.window.list.head.count.text() == f"{found} résultats"
    QTest.keyClick(frame.window.top.search, Qt.Key.Key_Escape)
    frame.wait(lambda: frame.settled() and frame.complaints() == before)
    assert frame.window.top.search.text() == ""
    assert frame.window.list.head.title.text() == "Mes réclamations"


def test_a_search_without_result_says_so_and_offers_to_clear_it(frame):
    QTest.keyClicks(frame.window.top.search, "zzzz")
    frame.wait(lambda: frame.window.list.empty.isVisible())
    assert "zzzz" in frame.window.list.empty.accessibleName()
    frame.window.list.empty.button.click()
    frame.wait(lambda: frame.window.list.model.rowCount() > 0)


def test_when_my_act_takes_the_complaint_out_of_the_queue_the_next_one_opens(frame):
    frame.queue("unassigned")
    order = frame.complaints()
    frame.open_row(1)
    line = frame.window.list.model.line(1)
    others = [person.id for person in frame.desk.colleagues(frame.desk.profile.main_unit)]
    other = next(user for user in others if user != frame.desk.profile.id)
    frame.desk.ask(order[1], acts.Assign(assignee=other), seen=line.row.ver)
    frame.wait(lambda: frame.window.list.model.rowCount() == len(order) - 1)
    frame.wait(lambda: frame.window.case.complaint == order[2])


def test_when_somebody_else_takes_it_away_what_i_read_stays(frame):
    frame.queue("unassigned")
    order = frame.complaints()
    frame.open_row(1)
    frame.desk.arrive(order[1], acts.Assign(assignee="u-senhaji"), by="u-senhaji")
    frame.wait(lambda: frame.window.list.model.rowCount() == len(order) - 1)
    QTest.qWait(120)
    assert frame.window.case.complaint == order[1]


def test_rows_that_leave_above_move_neither_the_selection_nor_what_is_read(frame):
    frame.queue("unit")
    frame.window.resize(1440, 640)
    view, model = frame.window.list.view, frame.window.list.model
    order = frame.complaints()
    kept = frame.open_row(14)
    view.verticalScrollBar().setValue(view.sizeHintForRow(0) * 8 + 7)
    top = model.line(view.indexAt(view.viewport().rect().topLeft()).row()).row.id
    unit = model.line(0).row.unit
    moved = acts.Transfer(
        administration="CNSS", from_administration="ONEE", from_unit=unit, reason="Compétence"
    )
    frame.desk.arrive(order[0], moved, by=model.line(0).row.assignee)
    frame.wait(lambda: model.rowCount() == len(order) - 1)
    assert model.line(view.indexAt(view.viewport().rect().topLeft()).row()).row.id == top
    assert model.line(view.currentIndex().row()).row.id == kept
    assert frame.window.case.complaint == kept


def test_counts_change_in_place_so_that_focus_stays(frame):
    item = frame.window.rail.item("unassigned")
    item.setFocus()
    before = item.count
    free = frame.desk.rows(frame.desk.listing("unassigned").order[:1])[0].row
    frame.desk.ask(free.id, acts.Assign(assignee=frame.desk.profile.id), seen=free.ver)
    frame.wait(lambda: item.count == before - 1)
    assert frame.window.rail.item("unassigned") is item
    assert frame.window.focusWidget() is item
    assert item.accessibleName() == f"Non affectées, {before - 1}"


def test_an_empty_queue_says_why_and_offers_one_thing_to_do(qtbot, tmp_path):
    frame = Frame(qtbot, tmp_path)
    frame.queue("returned")
    assert frame.window._area.currentWidget() is frame.window.returned
    frame.queue("mine")
    frame.desk._bases.clear()
    frame.window.list.reload()
    frame.wait(lambda: frame.window.list.empty.isVisible())
    assert frame.window.list.empty.button.text() == "Voir les non affectées"
    frame.window.list.empty.button.click()
    frame.wait(lambda: frame.window.list.queue == "unassigned")
    frame.close()


def test_the_order_is_chosen_in_the_chip_and_remembered(frame):
    frame.window.list.head.sorted_by.emit("received")
    frame.wait(frame.settled)
    expected = [line.row.id for line in frame.desk.rows(frame.desk.listing("mine", "received").order)]
    assert frame.complaints() == expected
    assert frame.window.list.head.sort.text().strip() == "Tri : réception"
    frame.wait(lambda: frame.settings.preferences.sort == "received")


def test_cutting_the_network_turns_the_pill_amber_and_says_what_still_works(frame):
    assert frame.window.top.pill.text().strip() == "En ligne · tout est enregistré"
    frame.desk.cut()
    row = frame.window.list.model.line(0).row
    frame.desk.ask(row.id, acts.Note(text="x"), seen=row.ver)
    frame.wait(lambda: "1 opération à envoyer" in frame.window.top.pill.text())
    assert frame.window.top.pill.property("tone") == Tone.WARN
    assert frame.window.foot.texts()[0] == f"Hors ligne depuis {_plain(frame)}, vous pouvez continuer"
    assert frame.window.foot.texts()[3] == "30 dossiers sur ce poste"


def _plain(frame: Frame) -> str:
    return frame.translation.time(NOW).strip("\u2066\u2069")


@pytest.mark.parametrize(
    ("state", "waiting", "sent", "text", "tone"),
    [
        ("online", 0, 0, "En ligne · tout est enregistré", Tone.OK),
        ("sending", 3, 1, "Envoi 2 sur 4", Tone.INFO),
        ("connecting", 0, 0, "Connexion…", Tone.INFO),
        ("offline", 0, 0, "Hors ligne", Tone.WARN),
        ("offline", 3, 0, "Hors ligne · 3 opérations à envoyer", Tone.WARN),
        ("sign_in", 3, 0, "Identifiez-vous pour envoyer", Tone.DANGER),
        ("update", 0, 0, "Mise à jour nécessaire", Tone.DANGER),
        ("fault", 0, 0, "Envoi arrêté", Tone.DANGER),
    ],
)
def test_only_what_a_person_must_do_is_red(state, waiting, sent, text, tone):
    pill = connection_presenter.pill(
        ConnectionStatus(state=state, waiting=waiting, sent=sent), Translation("fr"), NOW
    )
    assert (pill.text, pill.tone) == (text, tone)
    arabic = connection_presenter.pill(
        ConnectionStatus(state=state, waiting=waiting, sent=sent), Translation("ar"), NOW
    )
    assert ARABIC.search(arabic.text) and ARABIC.search(arabic.hint)


def test_what_waits_is_promised_for_the_return_of_the_network_only_when_it_is_away():
    offline = ConnectionStatus(state="offline", waiting=2, last_sync=NOW)
    words = Translation("fr")
    assert "au retour du réseau" in connection_presenter.sentences(offline, words, NOW)[1]
    expired = replace(offline, state="sign_in")
    assert connection_presenter.sentences(expired, words, NOW)[1] == "2 opérations à envoyer"


def test_a_clock_that_is_wrong_by_more_than_five_minutes_is_said():
    status = ConnectionStatus(state="online", last_sync=NOW - timedelta(days=2), stored=1)
    said = connection_presenter.sentences(status, Translation("fr"), NOW)
    assert said[-1] == "1 dossier sur ce poste"
    skewed = connection_presenter.sentences(replace(status, skew_ms=-420_000), Translation("fr"), NOW)
    assert skewed[-1] == "Horloge du poste décalée de 7 minutes"


def test_the_sheet_lists_every_shortcut_in_both_languages(frame):
    sheet = ShortcutSheet(frame.window, frame.translation)
    listed = {command.text: command for command in sheet.commands}
    for action in frame.window.actions_by_key.values():
        command = listed[action.text()]
        assert command.key and ARABIC.search(command.twin), action.text()
    sheet.deleteLater()


def test_the_palette_finds_an_action_in_either_language_and_runs_it(frame):
    palette = CommandPalette(frame.window, frame.translation)
    palette.field.setText("تغيير اللغة")
    assert palette.texts() == ("Changer de langue",)
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert frame.translation.language == "ar"
    palette.deleteLater()


def test_sizes_and_choices_are_remembered(qtbot, tmp_path):
    first = Frame(qtbot, tmp_path)
    first.window._split.setSizes([500, 700])
    first.window._split.splitterMoved.emit(500, 1)
    first.wait(lambda: first.settings.preferences.splitter)
    first.window.top.preferred.emit("theme", "dark")
    first.wait(lambda: first.settings.preferences.theme == "dark")
    kept = first.settings.preferences.splitter
    first.close()
    assert kept[0] == pytest.approx(500, abs=60)


def test_below_1280_pixels_the_rail_becomes_icons_that_keep_their_names(frame):
    assert not frame.window.rail.folded
    frame.window.resize(1100, 700)
    assert frame.window.rail.folded
    assert frame.window.rail.item("mine").toolTip().startswith("Mes réclamations")
    frame.window.resize(1440, 900)
    assert not frame.window.rail.folded
