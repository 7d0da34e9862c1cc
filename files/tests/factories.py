"""Stored files for tests: small, but real."""

import io

from PIL import Image

from files import services

VTT = b"WEBVTT\n\n00:00.000 --> 00:02.000\nHello\n"


def png_bytes(width=64, height=48):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#005f78").save(out, "PNG")
    return out.getvalue()


def mp4_bytes(seconds=90, media=2000):
    """What a player's first look takes for a film: brand, a header with its length, and `media` bytes."""
    mvhd = bytes(12) + (1000).to_bytes(4, "big") + (seconds * 1000).to_bytes(4, "big") + bytes(80)
    box = lambda name, body: (len(body) + 8).to_bytes(4, "big") + name + body  # noqa: E731
    return box(b"ftyp", b"isom\0\0\0\1isom") + box(b"moov", box(b"mvhd", mvhd)) + box(b"mdat", bytes(media))


def stored(owner, content=None, name="picture.png", **fields):
    """Keep a file through the service. `content` is bytes or a stream; without it a picture is made."""
    if not isinstance(content, io.IOBase):
        content = io.BytesIO(content or png_bytes())
    return services.store_file(owner=owner, content=content, name=name, **fields)
