"""Certificates for tests and measurements: two plain ones, and what people's names and schools can do to them."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

from lms.lib.pdf import CertificateSheet, SheetLabels

ENGLISH = CertificateSheet(
    language="en",
    title="Certificate of Completion",
    body=("This certificate is awarded to",),
    below=("for completing the course",),
    student_name="Layla Haddad",
    course_title="Bookkeeping for Small Teams",
    issuer_name="Al-Bahr School of Continuing Education",
    signatory_name="Dr. Amal Farouk",
    signatory_title="Head of Studies",
    instructor_name="Samuel Okafor",
    completed_on="1 October 2026",
    valid_until="30 September 2029",
    hours="12 hours",
    grade="A",
    issued_on="3 October 2026",
    issued_at=datetime(2026, 10, 3, 9, 30, tzinfo=UTC),
    number="CERT-20261003-7F3A91C4",
    verification_code="K7QX-2M9D-HT4R",
    verification_url="https://learn.example.org/certificates/verify/K7QX2M9DHT4R/",
    labels=SheetLabels(
        completed_on="Completed on",
        valid_until="Valid until",
        hours="Workload",
        grade="Grade",
        instructor="Course instructor",
        number="Certificate number",
        code="Verification code",
        issued_on="Issued on",
        revision="Revision",
        verify="Check this certificate at",
    ),
)
ARABIC = replace(
    ENGLISH,
    language="ar",
    title="شهادة إتمام",
    body=("تُمنح هذه الشهادة إلى",),
    below=("لإتمام دورة",),
    student_name="ليلى حدّاد",
    course_title="مسك الدفاتر للفرق الصغيرة",
    issuer_name="مدرسة البحر للتعليم المستمر",
    signatory_name="د. أمل فاروق",
    signatory_title="مديرة الدراسات",
    instructor_name="سامي العلي",
    completed_on="1 أكتوبر 2026",
    valid_until="30 سبتمبر 2029",
    hours="12 ساعة",
    issued_on="3 أكتوبر 2026",
    labels=SheetLabels(
        completed_on="تاريخ الإتمام",
        valid_until="صالحة حتى",
        hours="مدة الدراسة",
        grade="التقدير",
        instructor="مدرّس الدورة",
        number="رقم الشهادة",
        code="رمز التحقّق",
        issued_on="تاريخ الإصدار",
        revision="المراجعة",
        verify="تحقّق من هذه الشهادة على",
    ),
)


def drawing(width: int, height: int, ink: str, seed: int = 7) -> bytes:
    """Return a PNG with one wild line on nothing, like a signature."""
    random, picture = Random(seed), Image.new("RGBA", (width, height))
    points = [(x, random.randrange(height)) for x in range(0, width, 12)]
    ImageDraw.Draw(picture).line(points, fill=ink, width=5, joint="curve")
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def full(sheet: CertificateSheet, text: str) -> CertificateSheet:
    """Return a sheet with 255 characters of `text` in every field that may have them."""
    long = (text * 255)[:255].strip()
    return replace(
        sheet,
        student_name=long,
        course_title=long,
        issuer_name=long,
        instructor_name=long,
        signatory_name=long,
        signatory_title=long,
        title=long[:120].strip(),
        body=(long, long, long[:90].strip()),
        logo=drawing(600, 200, "#005f78"),
        signature=drawing(500, 160, "#1b2a6b"),
    )


def bare(sheet: CertificateSheet) -> CertificateSheet:
    """Return a sheet without any part that may be missing."""
    return replace(
        sheet,
        body=(),
        below=(),
        instructor_name="",
        signatory_name="",
        signatory_title="",
        valid_until="",
        hours="",
        grade="",
    )


SHEETS = {
    "en": replace(
        ENGLISH, logo=drawing(600, 200, "#005f78"), signature=drawing(500, 160, "#1b2a6b"), revision=2
    ),
    "ar": ARABIC,
    "en-arabic-name": replace(
        ENGLISH, student_name="ليلى حدّاد (PhD)", course_title="C++ للمبتدئين: أساسيات", signatory_name=""
    ),
    "ar-latin-name": replace(ARABIC, student_name="Layla Haddad", course_title="Python: من الصفر (الجزء 2)"),
    "en-bare": bare(ENGLISH),
    "en-full": full(ENGLISH, "Maria Alexandra van der Westhuizen-Fitzgerald "),
    "ar-full": full(ARABIC, "عبد الرحمن محمد مصطفى كمال الدين الحسيني "),
    "ar-portrait": replace(ARABIC, orientation="portrait", signature=drawing(500, 160, "#1b2a6b")),
    "en-portrait": replace(
        ENGLISH, orientation="portrait", logo=drawing(600, 200, "#7a1f3d"), accent="#7a1f3d"
    ),
    "en-mixed": replace(ENGLISH, student_name="Layla (ليلى) Haddad", course_title="Data مع Python، الجزء 2"),
    "ar-mixed": replace(ARABIC, student_name="ليلى Haddad (PhD)", course_title="تعلّم Python 3.11 و SQL"),
    "ar-bare": bare(ARABIC),
}
# Nobody is called so, yet the page must hold.
ABSURD = {
    "mixed": full(replace(ENGLISH, orientation="portrait"), "عبد الرحمن (Abdul-Rahman), PhD & "),
    "one wide word": full(ENGLISH, "W"),
    "one wide word, portrait, Arabic page": full(replace(ARABIC, orientation="portrait"), "W"),
    "one Arabic word": full(ARABIC, "م"),
    "signs on signs": full(ARABIC, "لِلّٰهِ مُحَمَّدٌ إِنَّ شُكْرًا "),
    "towers": full(ENGLISH, "Ế Ǻ Ṩ ẫ g̣ "),
}
