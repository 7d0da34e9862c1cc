"""What making and sending a PDF costs the server."""

from lms.lib.throttling import PersonThrottle


class DownloadThrottle(PersonThrottle):
    """30 a minute, shared by download and preview."""

    scope = "download"
