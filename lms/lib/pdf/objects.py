"""A PDF as its engine writes it, opened far enough to change one stream or field and close it again."""

import re
import zlib

from lms.lib.pdf.errors import RenderError

_XREF_ENTRY = re.compile(rb"(\d{10}) \d{5} n")
_STREAM = re.compile(rb"\A(\d+ 0 obj\n<<)(.*?)(>>\nstream\n)(.*)\nendstream\nendobj\n\Z", re.DOTALL)


class PdfObjects:
    """The objects of a PDF by number, read from its cross-reference table and written back with a new one.

    Raises RenderError for a file built in another way than Typst's (a plain table, Flate streams).
    """

    def __init__(self, pdf: bytes) -> None:
        start = re.search(rb"startxref\n(\d+)\n%%EOF\s*\Z", pdf)
        if start is None or not pdf.startswith(b"xref\n0 ", int(start[1])):
            raise RenderError("The PDF has no plain cross-reference table.")
        table = int(start[1])
        starts = [int(offset) for offset in _XREF_ENTRY.findall(pdf, table)]
        ends = dict(zip(sorted(starts), [*sorted(starts)[1:], table], strict=True))
        self._head = pdf[: min(starts)]
        self._bodies = {number: pdf[at : ends[at]] for number, at in enumerate(starts, 1)}
        self._tail = pdf[pdf.index(b"trailer", table) : pdf.index(b"startxref", table)]

    def find(self, pattern: bytes) -> int:
        """Return the number of the first object whose dictionary matches."""
        for number, body in self._bodies.items():
            if re.search(pattern, body.partition(b"stream\n")[0]):
                return number
        raise RenderError(f"The PDF has no {pattern.decode()}.")

    def dictionary(self, number: int) -> bytes:
        return self._bodies[number].partition(b"stream\n")[0]

    def reference(self, number: int, name: bytes) -> int | None:
        """Return the number of the object that a field refers to, alone or first in an array."""
        found = re.search(rb"/" + name + rb"\[?(?: |(?<=\[))(\d+) 0 R", self.dictionary(number))
        return int(found[1]) if found else None

    def replace(self, number: int, old: bytes, new: bytes) -> None:
        self._bodies[number] = self._bodies[number].replace(old, new)

    def stream(self, number: int) -> bytes:
        return zlib.decompress(self._parts(number)[4])

    def set_stream(self, number: int, data: bytes) -> None:
        packed, parts = zlib.compress(data), self._parts(number)
        fields = re.sub(rb"/Length \d+", b"/Length %d" % len(packed), parts[2])
        self._bodies[number] = parts[1] + fields + parts[3] + packed + b"\nendstream\nendobj\n"

    def _parts(self, number: int) -> re.Match[bytes]:
        parts = _STREAM.match(self._bodies[number])
        if parts is None or b"/Filter/FlateDecode" not in parts[2]:
            raise RenderError("The PDF has a stream of another kind.")
        return parts

    def rebuilt(self) -> bytes:
        out, table = bytearray(self._head), [b"0000000000 65535 f\r\n"]
        for _, body in sorted(self._bodies.items()):
            table.append(b"%010d 00000 n\r\n" % len(out))
            out += body
        start = len(out)
        out += b"xref\n0 %d\n" % len(table) + b"".join(table) + self._tail
        return bytes(out + b"startxref\n%d\n%%%%EOF" % start)
