"""French, Arabic and Darija text: folded for search and routing, cleaned for storage, told its direction.

Both sides of every comparison go through `fold`, so that الأجل finds الاجل and Échéance finds echeance.
"""

import re
import unicodedata

_INVISIBLE = "\u00ad\u061c\u200b-\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069"
_LATIN_MARKS = "\u0300-\u036f"
_ARABIC_MARKS = "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
_MARKS = re.compile(f"[{_LATIN_MARKS}{_ARABIC_MARKS}{_INVISIBLE}]+")
_HIDDEN = re.compile("[\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_CONTROL_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROL_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_WORD = re.compile(r"[^\W_]+")

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


def _folded(text: str) -> str:
    """`fold` for any text of Unicode, letter by letter in its definition."""
    folded = _MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())
    for written, same in _SAME:
        folded = folded.replace(written, same)
    return folded


_PAGE = "cp1256"
"""One byte a letter for nearly all Arabic and French text: folding it is one table, four times as fast."""

_LETTERS = [bytes([code]).decode(_PAGE) for code in range(256)]
_SAME_LETTERS = [_folded(letter) for letter in _LETTERS]
_CODES = {letter: code for code, letter in enumerate(_LETTERS)}
_TABLE = bytes(_CODES.get(same, code) for code, same in enumerate(_SAME_LETTERS))
_DROPPED = bytes(code for code, same in enumerate(_SAME_LETTERS) if not same)
_ELSEWHERE = tuple(
    (letter, same)
    for letter, same in zip(_LETTERS, _SAME_LETTERS, strict=True)
    if same and same not in _CODES
)
_DIGITS = tuple((digit, str(int(digit))) for digit in "٠١٢٣٤٥٦٧٨٩")


def fold(text: str) -> str:
    """`text` as search compares it: lower case, no accents, no harakat, one form for each letter."""
    if text.isascii():
        return text.lower().replace("`", "'")
    try:
        narrow = text.encode(_PAGE)
    except UnicodeEncodeError:
        plain = text
        for digit, same in _DIGITS:
            plain = plain.replace(digit, same)
        try:
            narrow = plain.encode(_PAGE)
        except UnicodeEncodeError:
            return _folded(text)
    folded = narrow.translate(_TABLE, _DROPPED).decode(_PAGE)
    for letter, same in _ELSEWHERE:
        folded = folded.replace(letter, same)
    return folded


def words(text: str) -> list[str]:
    """The folded words of `text`, in order: letters and digits, split on everything else."""
    return _WORD.findall(fold(text))


def clean_line(text: str) -> str:
    """`text` as one stored line (names, objects): NFC, no control, no bidi override, single spaces."""
    return unicodedata.normalize("NFC", " ".join(_HIDDEN.sub("", _CONTROL_LINE.sub(" ", text)).split()))


def clean_text(text: str) -> str:
    """`text` as a stored long text: NFC, newlines and tabs kept, no other control, no bidi override."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROL_TEXT.sub("", plain))


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
