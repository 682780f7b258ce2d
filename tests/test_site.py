"""The file of a whole PC sets a server, or nothing at all."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.core.site import site_server


def test_the_file_of_the_pc_names_the_server(tmp_path):
    file = tmp_path / "chekaya-desk.toml"
    file.write_text('# poste\nserver = "https://reclamations.exemple.ma"\n', "utf-8")
    assert site_server(file) == "https://reclamations.exemple.ma"


def test_without_a_file_nothing_is_set(tmp_path):
    assert site_server(tmp_path / "absent.toml") == ""


def test_a_server_that_is_no_text_sets_nothing(tmp_path):
    file = tmp_path / "chekaya-desk.toml"
    file.write_text("server = 12\n", "utf-8")
    assert site_server(file) == ""


@given(content=st.binary(max_size=60))
def test_no_file_whatever_is_in_it_stops_the_desk(tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(content)
    assert isinstance(site_server(file), str)
