"""What may be uploaded: every type from a sample, every trap, and what becomes of pictures."""

import io
import stat
import tracemalloc
import zipfile
import zlib

import pytest
from django.core.files.storage import default_storage
from PIL import Image, ImageCms

from files.exceptions import FileRefused, TypeMismatch, UnsupportedType
from files.inspect import TYPES, inspect
from files.models import StoredFile
from files.tests.factories import stored
from files.tests.samples import (
    OLE,
    SAMPLES,
    animation,
    brand,
    matroska,
    open_document,
    open_xml,
    picture,
    zipped,
)

KIN = [
    {"jpg", "jpeg"},
    {"doc", "ppt", "xls"},
    {"txt", "md", "csv"},
]  # the same content is right for all of them


def kept(file):
    with default_storage.open(file.file.name) as blob:
        return blob.read()


def test_there_is_a_sample_of_every_type():
    assert SAMPLES.keys() == TYPES.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("extension", SAMPLES)
def test_every_type_is_taken(instructor, extension):
    content, kind = SAMPLES[extension]
    file = stored(instructor, content, f"a.{extension.upper()}")
    assert (file.kind, file.status) == (kind, "ready")
    assert file.file.name == f"files/{file.pk.hex[-2:]}/{file.pk}.{extension}"
    if kind != "image":
        assert kept(file) == content
    assert len(kept(file)) == file.size


@pytest.mark.parametrize("extension", SAMPLES)
def test_a_foreign_extension_is_refused(extension):
    """Every sample under every other name: only plain texts and captions pass as text."""
    content, _kind = SAMPLES[extension]
    same = next((kin for kin in KIN if extension in kin), {extension})
    texts = {"txt", "md", "csv"} if extension == "vtt" else set()
    passed = set()
    for other in TYPES:
        try:
            inspect(io.BytesIO(content), f"a.{other}", is_staff=True)
        except (TypeMismatch, FileRefused):
            continue
        passed.add(other)
    assert passed == same | texts | ({"zip"} if content.startswith(b"PK") else set())


HTML = b"<!DOCTYPE html><script>alert(1)</script>"


@pytest.mark.parametrize(
    "name, content, error",
    [
        ("a.svg", b"<svg/>", UnsupportedType),
        ("a.html", HTML, UnsupportedType),
        ("a.avi", b"RIFF....AVI ", UnsupportedType),
        ("a.docm", open_xml("word/document.xml"), UnsupportedType),
        ("a.exe", b"MZ", UnsupportedType),
        ("a.jpg.php", picture("JPEG"), UnsupportedType),
        ("noextension", b"x", UnsupportedType),
        ("a.png", HTML, TypeMismatch),
        ("a.jpg", picture("PNG"), TypeMismatch),
        ("a.mp4", b"RIFF....AVI LIST", TypeMismatch),
        ("a.mp4", brand(b"heic"), TypeMismatch),
        ("a.webm", matroska(b"matroska"), TypeMismatch),
        ("a.mp3", "\ufeffhello".encode("utf-16"), TypeMismatch),
        ("a.pdf", b"\n%PDF-1.7", TypeMismatch),
        ("a.docx", open_xml("word/document.xml", "word/vbaProject.bin"), TypeMismatch),
        (
            "a.docx",
            open_xml("word/document.xml", types=b"application/vnd.ms-word.document.macroEnabled"),
            TypeMismatch,
        ),
        ("a.docx", zipped({"word/document.xml": b"x"}), TypeMismatch),
        ("a.docx", zipped({f"{n}.xml": b"x" for n in range(50)})[:-30], TypeMismatch),
        ("a.odt", open_document(b"application/vnd.oasis.opendocument.text-template"), TypeMismatch),
        ("a.doc", OLE[1:], TypeMismatch),
        ("a.txt", b"\xff\xfe\x00", TypeMismatch),
        ("a.txt", b"a\0b", TypeMismatch),
        ("a.csv", "é".encode("latin-1"), TypeMismatch),
        ("a.zip", HTML + zipped({"a": b"x"}), TypeMismatch),
    ],
)
def test_what_is_not_taken(name, content, error):
    with pytest.raises(error):
        inspect(io.BytesIO(content), name, is_staff=True)


def link():
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def locked():
    data = bytearray(zipped({"a.txt": b"x"}))
    data[data.index(b"PK\1\2") + 8] |= 1  # the directory's word for a password
    return bytes(data)


def claiming(size):
    """An archive whose directory says that its one entry has this many bytes."""
    data = bytearray(zipped({"a.txt": b"x" * 100}))
    at = data.index(b"PK\1\2") + 24
    data[at : at + 4] = size.to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize(
    "content",
    [
        zipped({"../up.txt": b"x"}),
        zipped({"a/../../up.txt": b"x"}),
        zipped({"a\\..\\up.txt": b"x"}),
        zipped({"/root.txt": b"x"}),
        zipped({"C:/a.txt": b"x"}),
        zipped({"zeros": bytes(2_000_000)}),
        zipped({f"{n}": b"" for n in range(10_001)}),
        link(),
        locked(),
        claiming(2 * 1024**3),
    ],
)
def test_unsafe_archives(content):
    with pytest.raises(FileRefused) as refused:
        inspect(io.BytesIO(content), "a.zip", is_staff=True)
    assert refused.value.reason == "archive_unsafe"


VALID = b"WEBVTT"


@pytest.mark.parametrize(
    "content",
    [
        VALID + b"\n\n",
        b"WEBVTTX\n\n00:00.000 --> 00:02.000\nHello\n",
        b"1\n00:00:00,000 --> 00:00:02,000\nHello\n",
        VALID + b"\n\n00:00,000 --> 00:02,000\nHello\n",
        VALID + b"\n\n00:02.000 --> 00:01.000\nBackwards\n",
        VALID + b"\n\n00:61.000 --> 01:02.000\nHello\n",
        VALID + b"\n\n00:00.000 --> 00:02.000\n\xff\xfe\n",
        VALID + b"\n\n00:00.000 --> 00:02.000\n" + b"x" * 2 * 1024 * 1024,
    ],
)
def test_captions_that_do_not_parse(content):
    with pytest.raises(FileRefused) as refused:
        inspect(io.BytesIO(content), "a.vtt", is_staff=False)
    assert refused.value.reason == "caption_invalid"


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffWEBVTT - a title\r\n\r\nintro\r\n00:00:01.000 --> 00:00:02.500 line:0 align:start\r\nأهلاً\r\n".encode(),
        VALID + b"\rSTYLE\r::cue { color: red }\r\r00:01.000 --> 100:00:02.000\rHi\r",
    ],
)
def test_captions_as_tools_write_them(content):
    assert inspect(io.BytesIO(content), "a.vtt", is_staff=False).kind == "caption"


@pytest.mark.parametrize("extension", ["mp4", "mov", "m4a", "webm", "mkv"])
def test_length_and_size_come_from_the_container(extension):
    facts = inspect(io.BytesIO(SAMPLES[extension][0]), f"a.{extension}", is_staff=False)
    assert facts.duration_seconds == 75
    if extension in ("webm", "mkv"):
        assert (facts.width, facts.height) == (640, 360)


def test_a_film_of_a_real_encoder():
    with open("lms/tests/browser/media/film.mp4", "rb") as film:
        facts = inspect(film, "film.mp4", is_staff=False)
    assert facts.duration_seconds and facts.width and facts.height


@pytest.mark.parametrize(
    "content", [brand(b"isom")[:40], matroska(b"webm")[:60], matroska(b"webm", float("nan"))]
)
def test_what_a_container_does_not_say_is_unknown(content):
    facts = inspect(io.BytesIO(content), "a.mp4" if b"ftyp" in content else "a.webm", is_staff=False)
    assert facts.duration_seconds is None


def zip_of(entries):
    """A directory of that many entries, put together without the patience of a library."""
    record = b"PK\1\2" + bytes(24) + (8).to_bytes(2, "little") + bytes(16)
    directory = b"".join(record + f"{n:08}".encode() for n in range(entries))
    end = (
        b"PK\5\6"
        + bytes(4)
        + (min(entries, 65535)).to_bytes(2, "little") * 2
        + len(directory).to_bytes(4, "little")
    )
    return b"PK\3\4" + bytes(26) + directory + end + (30).to_bytes(4, "little") + bytes(2)


def pixel_bomb():
    """A PNG that says it is 30,000 pixels wide and high."""
    data = bytearray(picture("PNG"))
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


def frame_bomb():
    """A GIF of 400,000 frames of four megapixels each."""
    head = b"GIF89a" + (2000).to_bytes(2, "little") * 2 + b"\x80\0\0" + bytes(6)
    return head + b"\x2c\0\0\0\0\1\0\1\0\0\2\2D\1\0" * 400_000 + b";"


@pytest.mark.parametrize(
    "name, make, reason",
    [
        ("bomb.png", pixel_bomb, "image_too_large"),
        ("bomb.gif", frame_bomb, "image_too_large"),
        ("bomb.zip", lambda: zipped({"zeros": bytes(20_000_000)}), "archive_unsafe"),
        ("bomb.zip", lambda: zip_of(100_000), "archive_unsafe"),
        ("bomb.zip", lambda: zip_of(35_000), "archive_unsafe"),
        ("bomb.docx", lambda: zip_of(100_000), None),
    ],
)
def test_bombs_are_refused_and_memory_stays_flat(name, make, reason):
    content = io.BytesIO(make())
    with pytest.raises((FileRefused, TypeMismatch)) as refused:
        inspect(content, name, is_staff=True)
    assert getattr(refused.value, "reason", None) == reason
    tracemalloc.start()
    try:
        with pytest.raises((FileRefused, TypeMismatch)):
            inspect(content, name, is_staff=True)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.django_db
def test_a_picture_comes_back_upright_and_without_metadata(instructor):
    photo = Image.new("RGB", (40, 20), "red")
    exif = photo.getexif()
    exif[0x0112] = 6  # turned a quarter
    exif[0x010E] = "a secret place"
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    out = io.BytesIO()
    photo.save(out, "JPEG", exif=exif, comment=b"secret too")
    file = stored(instructor, out.getvalue() + b"<script>secret</script>", "photo.jpg")
    assert (file.width, file.height) == (20, 40)
    assert b"secret" not in kept(file)
    assert not Image.open(io.BytesIO(kept(file))).getexif()


@pytest.mark.django_db
def test_a_picture_is_brought_to_srgb_and_into_bounds(instructor):
    out = io.BytesIO()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ"))
    Image.new("RGB", (3000, 1500), "#808080").save(out, "PNG", icc_profile=lab.tobytes())
    file = stored(instructor, out.getvalue(), "wide.png")
    again = Image.open(io.BytesIO(kept(file)))
    assert again.size == (file.width, file.height) == (2560, 1280)
    assert "icc_profile" not in again.info


def test_sixteen_bits_are_scaled_not_cut():
    out = io.BytesIO()
    Image.new("I;16", (4, 4), 0x8000).save(out, "PNG")
    facts = inspect(io.BytesIO(out.getvalue()), "deep.png", is_staff=False)
    assert Image.open(facts.replacement).getpixel((0, 0)) == 128


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_an_animation_stays_one(form):
    facts = inspect(io.BytesIO(animation(form)), f"a.{form.lower()}", is_staff=False)
    again = Image.open(facts.replacement)
    assert again.n_frames == 3
    durations = []
    for frame in range(3):
        again.seek(frame)
        again.load()
        durations.append(again.info["duration"])
    assert durations == [40, 80, 120]
    again.seek(2)
    assert again.convert("RGB").getpixel((0, 0))[0] in range(170, 190)


def test_a_gif_with_a_script_comes_back_without():
    facts = inspect(io.BytesIO(picture("GIF", comment=HTML) + HTML), "a.gif", is_staff=False)
    assert b"<script" not in facts.replacement.read()


def test_what_cameras_append_to_a_photo_is_left_out():
    out = io.BytesIO()
    first, second = Image.new("RGB", (30, 20), "red"), Image.new("RGB", (10, 10), "blue")
    first.save(out, "MPO", save_all=True, append_images=[second])
    facts = inspect(io.BytesIO(out.getvalue()), "phone.jpg", is_staff=False)
    again = Image.open(facts.replacement)
    assert (again.format, again.size) == ("JPEG", (30, 20))


@pytest.mark.parametrize("content", [picture("PNG")[:60], picture("JPEG")[:300], picture("GIF")[:45]])
def test_a_damaged_picture_is_said_to_be(content):
    name = {b"\x89P": "a.png", b"\xff\xd8": "a.jpg", b"GI": "a.gif"}[content[:2]]
    with pytest.raises(FileRefused) as refused:
        inspect(io.BytesIO(content), name, is_staff=False)
    assert refused.value.reason == "image_invalid"


@pytest.mark.django_db
def test_nothing_is_left_of_what_is_refused(instructor):
    for name, content in [
        ("a.png", HTML),
        ("a.svg", b"<svg/>"),
        ("a.zip", link()),
        ("a.vtt", VALID),
        ("a.txt", b""),
    ]:
        with pytest.raises((FileRefused, TypeMismatch, UnsupportedType)):
            stored(instructor, io.BytesIO(content), name)
    assert not StoredFile.objects.exists()
    assert default_storage.listdir("")[0] == []
