"""The glossary names every state, act and event that the code knows."""

from pathlib import Path

from protocol.acts import KINDS
from protocol.complaint import Status

GLOSSARY = (Path(__file__).parent.parent / "docs" / "GLOSSARY.md").read_text(encoding="utf-8")


def test_every_state_and_every_act_has_its_words() -> None:
    assert [status for status in Status if f"`{status}`" not in GLOSSARY] == []
    assert [shape.__name__ for shape in KINDS.values() if f"`{shape.__name__}`" not in GLOSSARY] == []
