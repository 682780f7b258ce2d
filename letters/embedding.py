"""Puts shaped glyphs into a PDF: one CID font a typeface, subset, with its own codes.

A code is given to each pair (glyph, characters it stands for), in order of first use: what is copied out of
the page is then what was written, and the same input gives the same bytes.
"""

import uharfbuzz as hb
from reportlab.pdfbase import pdfdoc

from letters.shaping import Glyph
from letters.typefaces import EM, Typeface

_NOT_DRAWN = tuple(
    int.from_bytes(tag.encode("ascii"), "big") for tag in ("GSUB", "GPOS", "GDEF", "STAT", "DSIG")
)
"""Tables that only shaping reads."""


class EmbeddedFont:
    """A typeface inside one document; reportlab calls `addObjects` when the document is written."""

    def __init__(self, face: Typeface, name: str) -> None:
        self.face = face
        self.name = name
        self._codes: dict[tuple[int, str, int], int] = {}

    def code(self, glyph: Glyph, width: int) -> int:
        """The code of a glyph with its meaning, told to be `width` thousandths wide; 1 to 65535."""
        key = (glyph.gid, glyph.text, width)
        return self._codes.setdefault(key, len(self._codes) + 1)

    def addObjects(self, document: pdfdoc.PDFDocument) -> None:  # noqa: N802 (reportlab's name)
        """Write the font's objects; called once, at the end."""
        base = "CHEKAY+" + self.face.name
        fonts = document.idToObject["BasicFonts"].dict
        fonts[self.name] = pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("Font"),
                "Subtype": pdfdoc.PDFName("Type0"),
                "BaseFont": pdfdoc.PDFName(base),
                "Encoding": pdfdoc.PDFName("Identity-H"),
                "DescendantFonts": pdfdoc.PDFArray([document.Reference(self._descendant(document, base))]),
                "ToUnicode": _stream(document, self._to_unicode()),
            }
        )

    def _descendant(self, document: pdfdoc.PDFDocument, base: str) -> pdfdoc.PDFDictionary:
        widths = [width for _, _, width in self._codes]
        mapping = b"\0\0" + b"".join(gid.to_bytes(2, "big") for gid, _, _ in self._codes)
        return pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("Font"),
                "Subtype": pdfdoc.PDFName("CIDFontType2"),
                "BaseFont": pdfdoc.PDFName(base),
                "CIDSystemInfo": pdfdoc.PDFDictionary(
                    {
                        "Registry": pdfdoc.PDFString("Adobe"),
                        "Ordering": pdfdoc.PDFString("Identity"),
                        "Supplement": 0,
                    }
                ),
                "DW": EM,
                "W": pdfdoc.PDFArray([1, pdfdoc.PDFArray(widths)]),
                "CIDToGIDMap": _stream(document, mapping),
                "FontDescriptor": document.Reference(self._descriptor(document, base)),
            }
        )

    def _descriptor(self, document: pdfdoc.PDFDocument, base: str) -> pdfdoc.PDFDictionary:
        program = self._subset()
        return pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("FontDescriptor"),
                "FontName": pdfdoc.PDFName(base),
                "Flags": 4,
                "FontBBox": pdfdoc.PDFArray([-1000, -1000, 3000, 2000]),
                "ItalicAngle": 0,
                "Ascent": self.face.ascent,
                "Descent": self.face.descent,
                "CapHeight": 650,
                "StemV": 80,
                "FontFile2": _stream(document, program, Length1=len(program)),
            }
        )

    def _subset(self) -> bytes:
        """The glyphs used, at their own numbers, with nothing else of the font."""
        wanted = hb.SubsetInput()
        wanted.glyph_set.update({0, *(gid for gid, _, _ in self._codes)})
        wanted.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_LAYOUT_CLOSURE
        for tag in _NOT_DRAWN:
            wanted.drop_table_tag_set.add(tag)
        program: bytes = hb.subset(self.face.face, wanted).blob.data
        return program

    def _to_unicode(self) -> bytes:
        entries = [
            f"<{code:04x}> <{text.encode('utf-16-be').hex()}>"
            for (_, text, _), code in self._codes.items()
            if text
        ]
        blocks = [entries[start : start + 100] for start in range(0, len(entries), 100)]
        body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
            f"{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode("ascii")


def _stream(document: pdfdoc.PDFDocument, content: bytes, **entries: int) -> pdfdoc.PDFObjectReference:
    stream = pdfdoc.PDFStream()
    stream.content = content
    for name, value in entries.items():
        stream.dictionary[name] = value
    if document.compression:
        stream.filters = [pdfdoc.PDFZCompress]
    return document.Reference(stream)
