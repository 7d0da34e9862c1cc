"""Certificates of nobody, to look at a template before anybody gets one."""

from datetime import UTC, date, datetime
from decimal import Decimal

from certificates.models import Certificate, CertificateTemplate
from certificates.services.issuing import issuer_in
from lms.lib.text import clean_name

SAMPLES = ("plain", "long", "mixed")
_ISSUED_AT = datetime(2026, 10, 3, 9, 30, tzinfo=UTC)
# By sample and language: holder, course, instructor.
_PEOPLE = {
    ("plain", "en"): ("Layla Haddad", "Bookkeeping for Small Teams", "Samuel Okafor"),
    ("plain", "ar"): ("ليلى حدّاد", "مسك الدفاتر للفرق الصغيرة", "سامي العلي"),
    ("long", "en"): (
        "Maria Alexandra Wilhelmina van der Westhuizen-Fitzgerald y Rodríguez de la Fuente",
        "Introduction to the Principles and Practice of Bookkeeping, Budgeting and Reporting for Small Teams",
        "Professor Emeritus Dr. Bartholomew Montgomery-Featherstonehaugh",
    ),
    ("long", "ar"): (
        "عبد الرحمن محمد مصطفى كمال الدين بن عبد العزيز الحسيني البغدادي الأنصاري",
        "مدخل إلى مبادئ مسك الدفاتر وإعداد الموازنات والتقارير المالية للفرق الصغيرة والجمعيات الأهلية",
        "الأستاذ الدكتور محمد عبد المنعم عبد اللطيف الشرقاوي",
    ),
    ("mixed", "en"): ("ليلى حدّاد (PhD)", "C++ للمبتدئين: أساسيات", "Samuel Okafor & سامي العلي"),
    ("mixed", "ar"): ("Layla Haddad-O’Neill", "Python: من الصفر (الجزء 2)", "Samuel Okafor"),
}


def sample_certificate(template: CertificateTemplate, language: str, sample: str = "plain") -> Certificate:
    """Return an unsaved certificate in `language` (en, ar) and one of SAMPLES; its code verifies as unknown."""
    student_name, course_title, instructor_name = _PEOPLE[sample, language]
    signatory_name, signatory_title = template.signatory_in(language)
    return Certificate(
        number="CERT-20261003-00000000",
        verification_code="0" * 12,
        student_name=student_name,
        course_title=course_title,
        instructor_name=instructor_name,
        issuer_name=issuer_in(language),
        signatory_name=clean_name(signatory_name),
        signatory_title=clean_name(signatory_title),
        language=language,
        completed_on=date(2026, 10, 1),
        duration_minutes=720,
        score_percentage=Decimal("91.5"),
        grade=Certificate.Grade.A,
        valid_until=template.valid_until(_ISSUED_AT.date()),
        issued_at=_ISSUED_AT,
        template=template,
    )
