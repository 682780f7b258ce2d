"""Colours of the desk as tokens: light, dark and two of high contrast, and the WCAG contrast of any pair.

No Qt: tests can prove every pair, and the style sheet, the delegates and the icons read the same tokens.
Colour never carries meaning alone, so a tone is always drawn beside a word or a shape.
"""

from dataclasses import dataclass, fields
from enum import StrEnum


class Tone(StrEnum):
    """The meanings a colour may stand beside."""

    DANGER = "danger"
    WARN = "warn"
    INFO = "info"
    OK = "ok"
    VIOLET = "violet"
    NEUTRAL = "neutral"
    ACCENT = "accent"


@dataclass(frozen=True, slots=True)
class Palette:
    """One set of colours, each "#RRGGBB"; `tints` False means that borders replace soft grounds."""

    name: str
    dark: bool
    tints: bool
    canvas: str
    surface: str
    sunken: str
    hover: str
    line: str
    line_strong: str
    ink: str
    ink2: str
    ink3: str
    accent: str
    accent_hover: str
    accent_soft: str
    accent_ink: str
    selection: str
    danger: str
    danger_soft: str
    warn: str
    warn_soft: str
    info: str
    info_soft: str
    ok: str
    ok_soft: str
    violet: str
    violet_soft: str

    def tone(self, tone: Tone | str) -> str:
        """The ink of a meaning."""
        return self.ink2 if tone == Tone.NEUTRAL else str(getattr(self, str(tone)))

    def soft(self, tone: Tone | str) -> str:
        """The ground of a meaning's badge; in high contrast that is the surface itself."""
        return self.sunken if tone == Tone.NEUTRAL else str(getattr(self, f"{tone}_soft"))

    def colours(self) -> dict[str, str]:
        """Every token by name, for the style sheet."""
        return {f.name: str(getattr(self, f.name)) for f in fields(self) if f.type == "str" or f.type is str}


LIGHT = Palette(
    name="light", dark=False, tints=True,
    canvas="#F6F5F2", surface="#FFFFFF", sunken="#EEECE7", hover="#EFF5F1",
    line="#DDDAD3", line_strong="#7D7970",
    ink="#1D2321", ink2="#4A524E", ink3="#565E5A",
    accent="#0B6B4F", accent_hover="#095A42", accent_soft="#E2F0EA", accent_ink="#FFFFFF",
    selection="#D5E9E0",
    danger="#A8221B", danger_soft="#FBE9E7", warn="#7A4B00", warn_soft="#FCF0D9",
    info="#1B5A8E", info_soft="#E4EFF8", ok="#1F6B3A", ok_soft="#E4F3E9",
    violet="#5B3F9A", violet_soft="#EDE8F7",
)  # fmt: skip

DARK = Palette(
    name="dark", dark=True, tints=True,
    canvas="#151917", surface="#1C211F", sunken="#101312", hover="#222A26",
    line="#333B37", line_strong="#858F8A",
    ink="#ECEFEC", ink2="#B9C1BC", ink3="#A9B3AD",
    accent="#5CC7A0", accent_hover="#77D4B2", accent_soft="#173A2E", accent_ink="#0C1512",
    selection="#1F4437",
    danger="#F2938C", danger_soft="#43201D", warn="#E9B85C", warn_soft="#3C2D10",
    info="#86BDEB", info_soft="#16324A", ok="#7FD09B", ok_soft="#173822",
    violet="#B9A3EE", violet_soft="#2E2549",
)  # fmt: skip

HIGH_CONTRAST = Palette(
    name="high_contrast", dark=False, tints=False,
    canvas="#FFFFFF", surface="#FFFFFF", sunken="#FFFFFF", hover="#F0F0F0",
    line="#000000", line_strong="#000000",
    ink="#000000", ink2="#000000", ink3="#1F1F1F",
    accent="#004D36", accent_hover="#003324", accent_soft="#FFFFFF", accent_ink="#FFFFFF",
    selection="#DCEFFF",
    danger="#8A0F09", danger_soft="#FFFFFF", warn="#5A3600", warn_soft="#FFFFFF",
    info="#003D70", info_soft="#FFFFFF", ok="#00491C", ok_soft="#FFFFFF",
    violet="#42207F", violet_soft="#FFFFFF",
)  # fmt: skip

HIGH_CONTRAST_DARK = Palette(
    name="high_contrast_dark", dark=True, tints=False,
    canvas="#000000", surface="#000000", sunken="#000000", hover="#1C1C1C",
    line="#FFFFFF", line_strong="#FFFFFF",
    ink="#FFFFFF", ink2="#FFFFFF", ink3="#E4E4E4",
    accent="#7CF0C4", accent_hover="#A6F7DA", accent_soft="#000000", accent_ink="#000000",
    selection="#00304F",
    danger="#FFB4AE", danger_soft="#000000", warn="#FFD27A", warn_soft="#000000",
    info="#A8D6FF", info_soft="#000000", ok="#9BF0B5", ok_soft="#000000",
    violet="#D6C6FF", violet_soft="#000000",
)  # fmt: skip

PALETTES = (LIGHT, DARK, HIGH_CONTRAST, HIGH_CONTRAST_DARK)

_STATUS_TONES = {
    "draft": Tone.NEUTRAL,
    "received": Tone.NEUTRAL,
    "assigned": Tone.VIOLET,
    "in_progress": Tone.INFO,
    "awaiting_citizen": Tone.WARN,
    "awaiting_elements": Tone.WARN,
    "to_validate": Tone.VIOLET,
    "to_sign": Tone.VIOLET,
    "to_dispatch": Tone.VIOLET,
    "answered": Tone.OK,
    "closed": Tone.OK,
    "reopened": Tone.DANGER,
    "arbitration": Tone.VIOLET,
    "inadmissible": Tone.NEUTRAL,
    "joined": Tone.NEUTRAL,
    "withdrawn": Tone.NEUTRAL,
    "noted": Tone.OK,
    "filed": Tone.NEUTRAL,
}


def status_tone(status: str) -> Tone:
    """The tone of a state's badge; a state that this build does not know is neutral."""
    return _STATUS_TONES.get(status, Tone.NEUTRAL)


def due_tone(days_left: int, *, running: bool = True) -> Tone:
    """The tone of a due date: overdue is danger, the J-15 and J-5 alert band is warn (DOMAIN §2)."""
    if not running:
        return Tone.NEUTRAL
    if days_left < 0:
        return Tone.DANGER
    return Tone.WARN if days_left <= 15 else Tone.NEUTRAL


def luminance(colour: str) -> float:
    """Relative luminance 0..1 of "#RRGGBB" (WCAG 2.2)."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio 1..21 of two colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
