"""Pictures: opened, bounded, and encoded again, so that nothing but the picture is kept."""

import io
import struct
import tempfile
import threading
import warnings
from collections.abc import Iterator
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from files.exceptions import FileRefused, TypeMismatch
from files.inspect.facts import Facts

FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP"}
MAX_PIXELS = 40_000_000
MAX_ANIMATED_PIXELS = 100_000_000
MAX_FRAMES = 1_000  # of tiny ones the pixels alone would allow millions, each of them work
MAX_IMAGE_SIDE = 2560  # px
# Frames of an animation are held decoded while it is encoded: up to 400 MB, so one at a time.
_one_animation = threading.Lock()


def read_image(content: IO[bytes], extension: str, facts: Facts) -> None:
    """Put the picture, encoded again, into `facts.replacement`, with its size.

    Raises TypeMismatch when it is of another format, FileRefused `image_too_large` above 40 megapixels (100 over
    all frames), `image_invalid` when it cannot be decoded.
    """
    wanted = FORMATS[extension]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own bound is lower
            picture = Image.open(content, formats=[wanted])
            if picture.width * picture.height > MAX_PIXELS:
                raise _too_large()
            frames = _count_frames(picture, wanted)
            facts.replacement, facts.width, facts.height = _encode_again(picture, wanted, frames)
    except Image.DecompressionBombError:
        raise _too_large() from None
    except UnidentifiedImageError:
        raise TypeMismatch from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, struct.error) as error:
        raise FileRefused(_("This picture is damaged."), code="image_invalid") from error


def _too_large() -> FileRefused:
    return FileRefused(_("This picture has too many pixels: 40 million at most."), code="image_too_large")


def _count_frames(picture: Image.Image, wanted: str) -> int:
    """Return how many frames to keep; raise FileRefused above the bounds without reading on."""
    if wanted == "JPEG":
        return 1  # what else telephones append (depth, a smaller copy) is not the picture
    limit = min(MAX_FRAMES, MAX_ANIMATED_PIXELS // max(1, picture.width * picture.height))
    if wanted == "GIF":
        try:
            for frames in range(1, limit + 1):  # `n_frames` would read all of them, however many
                picture.seek(frames)
        except EOFError:
            picture.seek(0)
            return frames
        raise _too_large()
    frames = int(getattr(picture, "n_frames", 1))
    if frames > max(1, limit):
        raise _too_large()
    return frames


def _encode_again(picture: Image.Image, wanted: str, frames: int) -> tuple[IO[bytes], int, int]:
    """Turn upright, convert to sRGB, bound the size, and drop every byte that is not picture."""
    out = tempfile.TemporaryFile()  # noqa: SIM115  handed on
    try:
        if frames > 1:
            with _one_animation:
                size = _save_animation(picture, wanted, frames, out)
        else:
            plain = _plain(picture)
            if wanted == "JPEG" and plain.mode not in ("RGB", "L"):
                plain = plain.convert("RGB")
            options = {"quality": 88} if wanted in ("JPEG", "WEBP") else {"optimize": True}
            plain.save(out, wanted, **options)
            size = plain.size
    except BaseException:
        out.close()
        raise
    return out, *size


def _save_animation(picture: Image.Image, wanted: str, frames: int, out: IO[bytes]) -> tuple[int, int]:
    durations: list[int] = []

    def shots() -> Iterator[Image.Image]:
        for index in range(frames):
            picture.seek(index)
            shot = picture.copy()  # decodes: only now is known how long it stands
            durations.append(int(picture.info.get("duration", 100) or 0))
            yield _plain(shot).convert("RGBA")

    made = list(shots())
    # Every frame is whole: the one before it is wiped, or what is transparent would show it.
    options: dict[str, Any] = {"GIF": {"disposal": 2}, "PNG": {"disposal": 1, "blend": 0}}.get(wanted, {})
    made[0].save(
        out, wanted, save_all=True, append_images=made[1:], duration=durations,
        loop=int(picture.info.get("loop", 0) or 0), **options,
    )  # fmt: skip
    return made[0].size


def _plain(picture: Image.Image) -> Image.Image:
    """Return the picture upright, in sRGB, in bounds, and without anything beside its pixels."""
    if picture.format == "JPEG":
        picture.draft(None, (MAX_IMAGE_SIDE, MAX_IMAGE_SIDE))  # decode no more than is needed
    upright = ImageOps.exif_transpose(picture)
    profile = upright.info.get("icc_profile")
    if upright.mode.startswith("I"):  # 16 bits a pixel: a plain conversion would cut, not scale
        upright = upright.point(lambda value: value * (1 / 256)).convert("L")
    elif upright.mode == "P":
        upright = upright.convert("RGBA" if "transparency" in upright.info else "RGB")
    if profile:
        upright = _to_srgb(upright, profile)
    if max(upright.size) > MAX_IMAGE_SIDE:
        upright.thumbnail((MAX_IMAGE_SIDE, MAX_IMAGE_SIDE))
    if upright.mode not in ("RGB", "RGBA", "L", "LA"):
        upright = upright.convert("RGB")
    clean = upright.copy()
    clean.info = {key: value for key, value in upright.info.items() if key == "transparency"}
    return clean


def _to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    if picture.mode not in ("RGB", "RGBA", "L", "CMYK"):
        return picture
    try:
        converted = ImageCms.profileToProfile(
            picture,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGBA" if picture.mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError):
        return picture  # an unreadable profile goes with the rest of the metadata
    return converted or picture
