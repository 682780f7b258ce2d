"""Acts travel as (kind, kv, args): every one survives the wire, and no foreign shape gets in."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import acts
from protocol.acts import KINDS, Act, UnknownAct, read_act, write_act


@pytest.mark.parametrize("shape", KINDS.values(), ids=lambda shape: shape.kind)
def test_every_act_reads_as_it_was_written(shape: type[Act]) -> None:
    @given(st.from_type(shape))
    def survives(act: Act) -> None:
        assert read_act(shape.kind, shape.kv, write_act(act)) == act

    survives()


def test_every_act_of_the_module_is_registered_under_its_own_kind() -> None:
    defined = {cls for cls in vars(acts).values() if isinstance(cls, type) and issubclass(cls, Act)} - {Act}
    assert set(KINDS.values()) == defined
    assert all((shape.kind, shape.kv) == key for key, shape in KINDS.items())


def test_arabic_is_never_escaped() -> None:
    assert "ماء".encode() in write_act(acts.Note(text="ماء"))


@pytest.mark.parametrize(
    ("kind", "kv", "args"),
    [
        ("teleport", 1, b"{}"),
        ("note", 99, b'{"text":"x"}'),
        ("note", 1, b"{}"),
        ("note", 1, b'{"text":3}'),
        ("note", 1, b'{"text":"x","colour":"red"}'),
        ("note", 1, b"<html>"),
        ("note", 1, b'{"text":"\xff"}'),
    ],
)
def test_a_foreign_kind_or_shape_is_an_unknown_act(kind: str, kv: int, args: bytes) -> None:
    with pytest.raises(UnknownAct, match=kind):
        read_act(kind, kv, args)


def test_an_act_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        acts.Note(text="x").text = "y"  # type: ignore[misc]


def test_content_left_at_its_default_costs_no_byte() -> None:
    assert write_act(acts.Assign(assignee="amina")) == b'{"assignee":"amina"}'
    assert msgspec.json.decode(write_act(acts.Open())) == {}
