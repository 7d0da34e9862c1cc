"""Pictures on paper: made small enough for print, rid of everything but their pixels."""

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from lms.lib.pdf.errors import RenderError

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_WIDEST, _HIGHEST = 640, 160
_MOST_PIXELS = 40_000_000
_MOST_BYTES = 40_000


@lru_cache(maxsize=16)
def print_ready(image: bytes) -> bytes:
    """Return a picture as a PNG of at most 640 by 160 pixels and about 40 kB; noisy ones lose resolution.

    Raises RenderError for what is no picture, or one of more than 40 million pixels.
    """
    picture = _opened(image)
    box = (_WIDEST, _HIGHEST)
    while True:
        picture.thumbnail(box, Image.Resampling.LANCZOS)
        out = BytesIO()
        picture.save(out, "PNG", optimize=True)
        if out.tell() <= _MOST_BYTES or min(picture.size) < 40:
            return out.getvalue()
        box = (round(picture.width * 0.75), round(picture.height * 0.75))


def _opened(image: bytes) -> Image.Image:
    try:
        with Image.open(BytesIO(image), formats=_FORMATS) as source:
            if source.width * source.height > _MOST_PIXELS:
                raise RenderError("A picture is too large to print.")
            upright = ImageOps.exif_transpose(source)
            return upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise RenderError("A picture cannot be read.") from error
