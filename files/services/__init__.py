"""Taking files in, describing them, and letting them go."""

from files.services.changing import make_public, renamed, update_file
from files.services.deleting import delete_file, finish_deleting, places_of, register_references
from files.services.housekeeping import Finding, Orphans, check_storage, report_orphans, sweep
from files.services.names import clean_name
from files.services.uploading import quota, size_limit, space_used, store_file

__all__ = [
    "Finding",
    "Orphans",
    "check_storage",
    "clean_name",
    "delete_file",
    "finish_deleting",
    "make_public",
    "places_of",
    "quota",
    "register_references",
    "renamed",
    "report_orphans",
    "size_limit",
    "space_used",
    "store_file",
    "sweep",
    "update_file",
]
