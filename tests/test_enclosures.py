"""Files attached at the desk: checked by content, kept encrypted, sent with an act, forgotten with it."""

import hashlib

import pytest

from desktop.core import enclosures
from desktop.core.errors import PersonError
from desktop.models.records import Draft
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from desktop.ui import note_presenter
from desktop.ui.note_presenter import NoteForm
from protocol.acts import Answer, Note, files_of, with_files
from protocol.complaint import Attachment, Nature, Reply
from tests.profiles import KEY, ME, NOW, asked, document, page

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def store(tmp_path):
    made = Store.open(tmp_path, KEY, actor=ME)
    replica = StoreReplica(made)
    replica.apply(page(document("c1")))
    yield made
    made.close()


def test_a_file_is_called_what_its_content_is(store):
    kept = enclosures.keep(store.files, "facture.exe", PDF)
    assert (kept.name, kept.mime, kept.size) == ("facture.pdf", "application/pdf", len(PDF))
    assert kept.sha256 == hashlib.sha256(PDF).hexdigest()
    assert store.files.kept(kept.sha256) == PDF


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "file_empty"), (b"MZ\x90\x00" * 10, "file_type"), (b"%PDF-1.7 cut", "file_damaged"),
     (b"%PDF-" + b"0" * 11_000_000, "file_too_big")],
)  # fmt: skip
def test_a_file_that_is_not_taken_is_named_and_nothing_is_kept(store, content, code):
    with pytest.raises(PersonError) as refused:
        enclosures.keep(store.files, "..\\pièce\u202e.pdf", content)
    assert refused.value.code == code
    assert refused.value.values["name"] == "pièce.pdf"
    assert store.files.outgoing() == ()


def test_a_file_of_a_draft_stays_on_this_pc_until_its_act_is_recorded(store):
    kept = enclosures.keep(store.files, "plan.pdf", PDF)
    assert store.files.outgoing() == ()
    store.record(asked("a1", "c1", Note(text="voir le plan", attachments=(kept,))), draft="note")
    assert store.files.outgoing() == (kept,)


def test_a_file_of_an_answer_leaves_with_it(store):
    kept = enclosures.keep(store.files, "plan.pdf", PDF)
    reply = Reply(nature=Nature.FAVOURABLE, text="ci-joint", attachments=(kept,))
    store.record(asked("a1", "c1", Answer(reply=reply)), draft="answer")
    assert store.files.outgoing() == (kept,)


def test_a_file_taken_off_again_is_forgotten_but_never_one_that_an_act_carries(store):
    kept = enclosures.keep(store.files, "plan.pdf", PDF)
    store.files.drop(kept.sha256)
    assert store.files.kept(kept.sha256) is None
    kept = enclosures.keep(store.files, "plan.pdf", PDF)
    store.record(asked("a1", "c1", Note(text="x", attachments=(kept,))), draft="note")
    store.files.drop(kept.sha256)
    assert store.files.kept(kept.sha256) == PDF


def test_what_a_crash_left_behind_is_swept_but_not_what_a_draft_names(store):
    lost = enclosures.keep(store.files, "perdu.pdf", PDF)
    named = enclosures.keep(store.files, "plan.pdf", PDF + b"\n")
    body = note_presenter.write_draft(NoteForm(text="plan", attachments=(named,)))
    store.drafts.save(Draft("c1", "note", body, 0, 1, NOW))
    store.files.sweep()
    assert store.files.kept(lost.sha256) is None
    assert store.files.kept(named.sha256) is not None


FILE = Attachment(sha256="a" * 64, name="plan.pdf", mime="application/pdf", size=3)


@pytest.mark.parametrize(
    "form",
    [NoteForm(text="simple"), NoteForm(text='{"text":"pas un brouillon"}'), NoteForm(attachments=(FILE,)),
     NoteForm(text="المخطط", attachments=(FILE,))],
)  # fmt: skip
def test_the_draft_of_a_note_gives_back_what_was_in_the_editor(form):
    assert note_presenter.read_draft(note_presenter.write_draft(form)) == form


@pytest.mark.parametrize("body", ['{"text": 3}', "{", '{"attachments":"x"}'])
def test_a_body_that_is_no_draft_of_ours_is_text(body):
    assert note_presenter.read_draft(body).text == body


def test_the_files_of_an_act_are_its_own_or_those_of_its_answer():
    note = Note(text="x", attachments=(FILE,))
    answer = Answer(reply=Reply(nature=Nature.FAVOURABLE, text="x", attachments=(FILE,)))
    assert files_of(note) == files_of(answer) == (FILE,)
    assert files_of(with_files(note, ())) == files_of(with_files(answer, ())) == ()
