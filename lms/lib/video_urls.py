"""URLs that people type. They are read, never fetched: YouTube, Vimeo, files on allowed hosts, links."""

import re
from urllib.parse import SplitResult, parse_qs, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MAX_LENGTH = 500

_YOUTUBE_HOSTS = frozenset(
    {
        "youtube.com",
        "www.youtube.com",
        "m.youtube.com",
        "music.youtube.com",
        "youtube-nocookie.com",
        "www.youtube-nocookie.com",
    }
)
_VIMEO_HOSTS = frozenset({"vimeo.com", "www.vimeo.com", "player.vimeo.com"})

_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_YOUTUBE_PATH = re.compile(r"/(?:embed|v|e|shorts|live|watch)/([A-Za-z0-9_-]{11})/?")
_VIMEO_PATH = re.compile(
    r"/(?:video/|videos/|manage/videos/|channels/[\w-]+/|groups/[\w-]+/videos/|(?:album|showcase)/\d+/video/"
    r"|ondemand/[\w-]+/)?(?P<id>\d{1,15})(?:/(?P<hash>[0-9a-f]{6,40}))?/?",
    re.ASCII,
)
_VIMEO_HASH = re.compile(r"[0-9a-f]{6,40}")

_CANONICAL_YOUTUBE = re.compile(r"https://www\.youtube\.com/watch\?v=([A-Za-z0-9_-]{11})")
_CANONICAL_VIMEO = re.compile(r"https://vimeo\.com/(\d{1,15})(?:/([0-9a-f]{6,40}))?", re.ASCII)

# Browsers strip or reinterpret these before they resolve a URL, so that we and they would read two hosts.
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def canonical_video_url(url: str) -> str:
    """Return the one form in which a typed video URL is stored; blank stays blank.

    Read are the link forms of YouTube and Vimeo, and files on the hosts of the setting VIDEO_URL_HOSTS:
    https, without user or port, at most 500 characters. Anything else: ValidationError `invalid_video_url`.
    """
    url = url.strip()
    if not url:
        return ""
    parts = _split(url)
    if parts and parts.scheme == "https" and parts.port is None and "@" not in parts.netloc:
        canonical = _canonical_youtube(parts) or _canonical_vimeo(parts) or _canonical_file(parts)
        if canonical and len(canonical) <= MAX_LENGTH:
            return canonical
    raise ValidationError(
        _(
            "Enter the https address of a video on YouTube or Vimeo, or of a video file on a host allowed here."
        ),
        code="invalid_video_url",
    )


def embed_url(canonical: str) -> str:
    """Return what an iframe shows for a stored video URL; "" for a file, which a `<video>` plays itself."""
    if match := _CANONICAL_YOUTUBE.fullmatch(canonical):
        return f"https://www.youtube-nocookie.com/embed/{match[1]}"
    if match := _CANONICAL_VIMEO.fullmatch(canonical):
        secret = f"&h={match[2]}" if match[2] else ""
        return f"https://player.vimeo.com/video/{match[1]}?dnt=1{secret}"
    return ""


def validate_link_url(url: str) -> None:
    """Raise ValidationError `invalid_url` unless the URL is http or https, with a host and without a user."""
    parts = _split(url)
    if parts and parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc:
        return
    raise ValidationError(
        _("Enter a web address that starts with http:// or https:// and holds no user name."),
        code="invalid_url",
    )


def _split(url: str) -> SplitResult | None:
    if len(url) > MAX_LENGTH or _AMBIGUOUS.search(url):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises when it is no number
    except ValueError:
        return None
    return None if parts.netloc.endswith(":") else parts


def _canonical_youtube(parts: SplitResult) -> str:
    if parts.hostname == "youtu.be":
        video_id = parts.path.strip("/")
    elif parts.hostname in _YOUTUBE_HOSTS:
        if match := _YOUTUBE_PATH.fullmatch(parts.path):
            video_id = match[1]
        else:
            video_id = _query_value(parts, "v") if parts.path in {"/watch", "/watch/", "/"} else ""
    else:
        return ""
    # "videoseries" has the length of an id and embeds a whole playlist.
    if not _YOUTUBE_ID.fullmatch(video_id) or video_id == "videoseries":
        return ""
    return f"https://www.youtube.com/watch?v={video_id}"


def _canonical_vimeo(parts: SplitResult) -> str:
    match = _VIMEO_PATH.fullmatch(parts.path)
    if parts.hostname not in _VIMEO_HOSTS or not match:
        return ""
    secret = match["hash"] or _query_value(parts, "h")
    if secret and not _VIMEO_HASH.fullmatch(secret):
        return ""
    return f"https://vimeo.com/{match['id']}" + (f"/{secret}" if secret else "")


def _canonical_file(parts: SplitResult) -> str:
    allowed = {host.lower() for host in settings.VIDEO_URL_HOSTS}
    if parts.hostname not in allowed or parts.path in {"", "/"}:
        return ""
    return parts._replace(netloc=str(parts.hostname), fragment="").geturl()


def _query_value(parts: SplitResult, name: str) -> str:
    return parse_qs(parts.query).get(name, [""])[0]
