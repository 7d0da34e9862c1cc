"""Taking files in, describing them, and letting them go."""

from files.services.changing import make_public, renamed, update_file
from files.services.deleting import (
    delete_file,
    finish_deleting,
    places_of,
    places_of_all,
    register_references,
)
from files.services.housekeeping import (
    Finding,
    Orphans,
    Usage,
    check_storage,
    report_orphans,
    sweep,
    usage_report,
)
from files.services.names import clean_name
from files.services.uploading import accepted_extensions, quota, size_limit, space_used, store_file

__all__ = [
    "Finding",
    "Orphans",
    "Usage",
    "accepted_extensions",
    "check_storage",
    "clean_name",
    "delete_file",
    "finish_deleting",
    "make_public",
    "places_of",
    "places_of_all",
    "quota",
    "register_references",
    "renamed",
    "report_orphans",
    "size_limit",
    "space_used",
    "store_file",
    "sweep",
    "update_file",
    "usage_report",
]
