"""One small real file of each type that is taken, made as its usual writers make it."""

import io
import struct
import zipfile

from PIL import Image

from files.tests.factories import VTT, mp4_bytes


def zipped(entries, *, mimetype=None):
    """A zip of {name: content}; a mimetype goes first and unpacked, as OpenDocument wants it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def open_xml(main, *more, types=b"<Types/>"):
    return zipped({"[Content_Types].xml": types, main: b"<x/>", **dict.fromkeys(more, b"x")})


def open_document(mime):
    return zipped({"content.xml": b"<x/>"}, mimetype=mime)


def picture(form, size=(64, 48), **options):
    out = io.BytesIO()
    Image.new("RGB", size, "#005f78").save(out, form, **options)
    return out.getvalue()


def animation(form, frames=3, size=(20, 10)):
    shots = [Image.new("RGBA", size, (60 * n, 0, 0, 255)) for n in range(1, frames + 1)]
    out = io.BytesIO()
    shots[0].save(out, form, save_all=True, append_images=shots[1:], duration=[40, 80, 120][:frames], loop=0)
    return out.getvalue()


def brand(name):
    return mp4_bytes(75).replace(b"isom", name)


def element(element_id, body):
    """An EBML element with a size of eight bytes."""
    return bytes.fromhex(element_id) + (len(body) | 1 << 56).to_bytes(8, "big") + body


def matroska(doctype, seconds=75, width=640, height=360):
    head = element("1a45dfa3", element("4286", b"\1") + element("4282", doctype))
    info = element("1549a966", element("2ad7b1", (10**6).to_bytes(4, "big"))
                   + element("4489", struct.pack(">d", seconds * 1000)))  # fmt: skip
    video = element("e0", element("b0", width.to_bytes(2, "big")) + element("ba", height.to_bytes(2, "big")))
    tracks = element("1654ae6b", element("ae", element("83", b"\1") + video))
    return head + element("18538067", info + tracks + element("1f43b675", bytes(100)))


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016)
_ODF = b"application/vnd.oasis.opendocument."
SAMPLES = {
    "mp4": (mp4_bytes(75), "video"),
    "mov": (brand(b"qt  "), "video"),
    "webm": (matroska(b"webm"), "video"),
    "mkv": (matroska(b"matroska"), "video"),
    "mp3": (b"\xff\xfb\x90\x64" + bytes(413), "audio"),
    "m4a": (brand(b"M4A "), "audio"),
    "ogg": (b"OggS\0\2" + bytes(60), "audio"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "document"),
    "docx": (open_xml("word/document.xml"), "document"),
    "pptx": (open_xml("ppt/presentation.xml"), "document"),
    "xlsx": (open_xml("xl/workbook.xml"), "document"),
    "odt": (open_document(_ODF + b"text"), "document"),
    "odp": (open_document(_ODF + b"presentation"), "document"),
    "ods": (open_document(_ODF + b"spreadsheet"), "document"),
    "doc": (OLE, "document"),
    "ppt": (OLE, "document"),
    "xls": (OLE, "document"),
    "txt": ("سلام\r\n".encode(), "document"),
    "md": (b"# Title\n", "document"),
    "csv": ("\ufeffاسم,1\n".encode(), "document"),
    "jpg": (picture("JPEG"), "image"),
    "jpeg": (picture("JPEG"), "image"),
    "png": (picture("PNG"), "image"),
    "gif": (picture("GIF"), "image"),
    "webp": (picture("WEBP"), "image"),
    "vtt": (VTT, "caption"),
    "zip": (zipped({"a/b.txt": b"x", "a/c.txt": b"y"}), "archive"),
}
