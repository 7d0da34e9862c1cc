"""Pictures of people: whatever comes in, a 512 px square WebP without anything hidden in it goes out."""

import warnings
from io import BytesIO
from typing import IO

from django.core.files.base import ContentFile
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from accounts.exceptions import ImageInvalid, ImageTooLarge

SIDE = 512  # pixels
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")


def square_picture(source: IO[bytes], size: int) -> ContentFile[bytes]:
    """Return the picture of `size` bytes as a new file with a random name.

    Turned as its EXIF says, cut to the middle square. Raises ImageTooLarge (bytes or pixels) or ImageInvalid.
    """
    if size > MAX_BYTES:
        raise ImageTooLarge(MAX_BYTES)
    target = BytesIO()
    try:
        _square(source).save(target, "WEBP", quality=82)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise ImageInvalid from error  # what Pillow raises for files that are broken, or none of these formats
    return ContentFile(target.getvalue(), name=f"{get_random_string(32)}.webp")


def _square(source: IO[bytes]) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is below
        with Image.open(source, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ImageInvalid(_("A picture may have at most 40 megapixels."))
            image.draft("RGB", (2 * SIDE, 2 * SIDE))
            turned = ImageOps.exif_transpose(image)
            mode = "RGBA" if turned.has_transparency_data else "RGB"
            square = ImageOps.fit(turned.convert(mode), (SIDE, SIDE), Image.Resampling.LANCZOS)
    return Image.frombytes(
        mode, square.size, square.tobytes()
    )  # a fresh image: no EXIF, no profile, no comment
