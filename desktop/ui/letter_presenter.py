"""Letters and receipts in words: titles, file names, why this is not the record, what is missing. No Qt."""

from desktop.core.correspondence import LetterIncomplete, ShownLetter, state_of
from desktop.core.translation import Translation
from desktop.ui.palette import Tone
from protocol.complaint import Attachment, Complaint, EventKind
from resources.catalogue import isolated, ltr

PDF = "application/pdf"


def has_letter(document: Complaint) -> bool:
    """Whether somebody has answered, so that there is a letter to look at."""
    return state_of(document) is not None


def letter_act(document: Complaint, file: Attachment) -> str:
    """The act whose letter of record this file is, "" for any other file."""
    return next(
        (
            event.other
            for event in document.events
            if event.kind == EventKind.LETTER_RECORDED and file in event.attachments
        ),
        "",
    )


def letter_title(document: Complaint, shown: ShownLetter, words: Translation) -> str:
    """ "Lettre n° 118/2026" with its number; before it has one, of which complaint."""
    if shown.number:
        return words("letter.title_number", number=ltr(shown.number))
    return words("letter.title", number=ltr(document.number or document.provisional))


def preview_title(document: Complaint, words: Translation) -> str:
    """The window of the letter being written."""
    return words("letter.preview_title", number=ltr(document.number or document.provisional))


def receipt_title(document: Complaint, words: Translation) -> str:
    """The window of a receipt."""
    return words("letter.receipt_title", number=ltr(document.number))


def letter_name(document: Complaint, number: str = "") -> str:
    """The file name of a letter, without spaces: by its outgoing number, else by the complaint's."""
    return f"{_plain('lettre', number or document.number or document.provisional)}.pdf"


def receipt_name(document: Complaint) -> str:
    """The file name of a receipt."""
    return f"{_plain('recepisse', document.number or document.provisional)}.pdf"


def notice(shown: ShownLetter, words: Translation) -> str:
    """The line above the pages: why this is not the record, or that a print is a copy; "" for neither."""
    if shown.why:
        return words(f"letter.why.{shown.why}")
    return words("letter.copy") if shown.is_copy else ""


def notice_tone(shown: ShownLetter) -> Tone:
    """How loud that line is."""
    return Tone.WARN if shown.why else Tone.INFO


def problem_lines(error: LetterIncomplete, words: Translation) -> tuple[str, ...]:
    """What keeps the letter from being made, one line each."""
    lines = [words(f"letter.missing.{name}") for name in error.missing]
    if error.unfilled:
        comma = "، " if words.language == "ar" else ", "
        names = comma.join(isolated(name) for name in error.unfilled)
        lines.append(words("letter.unfilled", names=names))
    return tuple(lines)


def problem_text(error: LetterIncomplete, words: Translation) -> str:
    """The same as one text for the window."""
    return "\n".join(problem_lines(error, words))


def _plain(kind: str, number: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in number)
    return f"{kind}-{kept}".rstrip("-")
