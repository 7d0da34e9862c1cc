"""Certificates as a table."""

from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate
from certificates.sheet import grade_in_words
from lms.lib.sheets import Column

CERTIFICATES = [
    Column(_("Number"), lambda row: row.number),
    Column(_("Code"), lambda row: row.code),
    Column(_("Holder"), lambda row: row.student_name),
    Column(_("E-mail"), lambda row: row.enrollment.student.email),
    Column(_("Course"), lambda row: row.course_title),
    Column(_("Instructor"), lambda row: row.instructor_name),
    Column(_("Signed by"), lambda row: row.signatory_name),
    Column(_("Language"), Certificate.get_language_display),
    Column(_("Completed on"), lambda row: row.completed_on, "date"),
    Column(_("Issued on"), lambda row: row.issued_at, "time"),
    Column(_("Valid until"), lambda row: row.valid_until, "date"),
    Column(_("Score (%)"), lambda row: row.score_percentage, "number"),
    Column(_("Grade"), grade_in_words),
    Column(_("Revision"), lambda row: row.revision, "number"),
    Column(_("Status"), Certificate.get_status_display),
    Column(_("Revoked on"), lambda row: row.revoked_at, "time"),
    Column(_("PDF"), Certificate.get_pdf_status_display),
    Column(_("Template"), lambda row: row.template.name if row.template else None),
]
