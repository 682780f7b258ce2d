"""French, Arabic and Darija text: folded for search and routing, cleaned for storage, told its direction.

Both sides of every comparison go through `fold`, so that الأجل finds الاجل and Échéance finds echeance.
"""

import re
import unicodedata

_INVISIBLE = "\u00ad\u061c\u200b-\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069"
_LATIN_MARKS = "\u0300-\u036f"
_ARABIC_MARKS = "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
_MARKS = re.compile(f"[{_LATIN_MARKS}{_ARABIC_MARKS}{_INVISIBLE}]+")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]+")
_CONTROL_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROL_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]+")
_WORD = re.compile(r"\w+")

_SAME = (
    ("ى", "ي"), ("ة", "ه"), ("ٱ", "ا"), ("ی", "ي"), ("ې", "ي"), ("ہ", "ه"), ("ھ", "ه"), ("ۃ", "ه"),
    ("ک", "ك"), ("گ", "ك"), ("ڭ", "ك"), ("ݣ", "ك"), ("ڤ", "ف"), ("ڥ", "ف"), ("پ", "ب"), ("چ", "ج"),
    ("٠", "0"), ("١", "1"), ("٢", "2"), ("٣", "3"), ("٤", "4"),
    ("٥", "5"), ("٦", "6"), ("٧", "7"), ("٨", "8"), ("٩", "9"),
    ("۰", "0"), ("۱", "1"), ("۲", "2"), ("۳", "3"), ("۴", "4"),
    ("۵", "5"), ("۶", "6"), ("۷", "7"), ("۸", "8"), ("۹", "9"),
    ("œ", "oe"), ("æ", "ae"), ("ø", "o"), ("ł", "l"), ("đ", "d"), ("ı", "i"),
    ("\u2019", "'"), ("\u2018", "'"), ("\u02bc", "'"), ("`", "'"),
)  # fmt: skip


def fold(text: str) -> str:
    """`text` as search compares it: lower case, no accents, no harakat, one form for each letter."""
    if text.isascii():
        return text.lower().replace("`", "'")
    folded = _MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())
    for written, same in _SAME:
        folded = folded.replace(written, same)
    return folded


def words(text: str) -> list[str]:
    """The folded words of `text`, in order: letters and digits, split on everything else."""
    return _WORD.findall(fold(text))


def clean_line(text: str) -> str:
    """`text` as one stored line (names, objects): NFC, no control, no bidi override, single spaces."""
    return " ".join(_BIDI.sub("", _CONTROL_LINE.sub(" ", unicodedata.normalize("NFC", text))).split())


def clean_text(text: str) -> str:
    """`text` as a stored long text: NFC, newlines and tabs kept, no other control, no bidi override."""
    unified = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return _BIDI.sub("", _CONTROL_TEXT.sub("", unified))


clean = clean_line
"""The strict form, for everything that is one line."""


def direction(text: str) -> str:
    """ "rtl" or "ltr" after the first strong letter of `text`; "ltr" when there is none."""
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"
