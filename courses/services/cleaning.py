"""Input of every door, made fit to store: text cleaned, files and links checked, names of tags resolved."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from babel.core import get_global
from babel.numbers import get_currency_precision
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils.translation import gettext as _

from accounts.models import User
from courses.models import Course, Lesson, LessonResource, Module
from courses.services.slugs import clean_slug
from files.models import StoredFile
from lms.lib.markdown import file_ids
from lms.lib.text import clean_multiline_text, clean_text, validate_plain_text
from lms.lib.video_urls import canonical_video_url, validate_link_url

Fields = Mapping[str, Any]
Files = Mapping[Any, StoredFile]
Errors = dict[str, list[ValidationError]]

COURSE_FIELDS = frozenset(
    [
        "title",
        "subtitle",
        "slug",
        "description",
        "objectives",
        "requirements",
        "category",
        "tags",
        "level",
        "language",
        "price",
        "currency",
        "max_students",
        "access_days",
        "is_sequential",
        "certificate_enabled",
        "min_quiz_average",
        "thumbnail",
        "promo_video_url",
        "estimated_duration_minutes",
        "prerequisite_courses",
    ]
)
MODULE_FIELDS = frozenset(["title", "description", "is_published", "release_at", "release_after_days"])
LESSON_FIELDS = frozenset(
    [
        "title",
        "slug",
        "description",
        "type",
        "body",
        "video_file",
        "video_url",
        "video_duration_seconds",
        "required_watch_percentage",
        "link_url",
        "duration_minutes",
        "is_preview",
        "is_required",
        "is_published",
    ]
)
RESOURCE_FIELDS = frozenset(["kind", "title", "file", "url", "language", "position"])

MAX_TAGS = 10
MAX_PREREQUISITES = 10
MAX_ITEMS = 20
MAX_ITEM_LENGTH = 300
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
SINGLE_FILES = {
    "thumbnail": (StoredFile.Kind.IMAGE,),
    "video_file": (StoredFile.Kind.VIDEO,),
}


class _Cleaner:
    """Collects the errors of all fields, so that an author hears of every one at once."""

    def __init__(self, row: models.Model, fields: Fields, known: frozenset[str]) -> None:
        unknown = set(fields) - known
        if unknown:
            raise TypeError(f"not written here: {', '.join(sorted(unknown))}")
        self.row = row
        self.fields = dict(fields)
        self.errors: Errors = {}

    def add(self, name: str, message: str, code: str) -> None:
        self.errors.setdefault(name, []).append(ValidationError(message, code=code))

    def apply(self, name: str, clean: Any) -> None:
        """Replace the value of `name`, if it is sent, by what `clean` makes of it."""
        if name in self.fields:
            try:
                self.fields[name] = clean(self.fields[name])
            except ValidationError as error:
                self.errors.setdefault(name, []).extend(error.error_list)

    def finish(self, extra: Iterable[str] = ()) -> dict[str, Any]:
        """Check the columns by the model's own rules; return the values or raise ValidationError."""
        for name in self.fields.keys() - set(extra) - self.errors.keys():
            try:
                column = self.row._meta.get_field(name)
            except FieldDoesNotExist:
                continue
            if isinstance(column, models.ManyToManyField):
                continue
            self._check_column(name, column)
        if self.errors:
            raise ValidationError(self.errors)
        return self.fields

    def _check_column(self, name: str, column: Any) -> None:
        value = self.fields[name]
        if isinstance(column, models.TextField | models.CharField) and isinstance(value, str):
            several_lines = isinstance(column, models.TextField)
            value = clean_multiline_text(value) if several_lines else clean_text(value)
            if several_lines and column.max_length and len(value) > column.max_length:
                text = _("At most %(limit)d characters are allowed; these are %(count)d.")
                self.add(name, text % {"limit": column.max_length, "count": len(value)}, "max_length")
                return
            if not value and column.blank:
                self.fields[name] = ""
                return
        try:
            if column.many_to_one and value is not None:
                return
            self.fields[name] = value if value is None and column.null else column.clean(value, self.row)
        except ValidationError as error:
            self.errors.setdefault(name, []).extend(error.error_list)


def clean_course_fields(*, course: Course, by: User | None, fields: Fields) -> dict[str, Any]:
    """Return the fields of COURSE_FIELDS that were sent, as they are stored; nothing is written.

    `tags` are names, `thumbnail` is a StoredFile (its editor `by`'s own, or already in this course),
    `prerequisite_courses` are Course rows. Raises ValidationError with an entry for each wrong field:
    `invalid_characters`, `too_many_tags`, `unknown_file`, `unknown_course`, `too_many_prerequisites`,
    `slug_reserved`, `invalid_video_url` and those of the columns.
    """
    cleaner = _Cleaner(course, fields, COURSE_FIELDS)
    cleaner.apply("slug", clean_slug)
    cleaner.apply("objectives", _clean_items)
    cleaner.apply("requirements", _clean_items)
    cleaner.apply("tags", _clean_tag_names)
    cleaner.apply("language", _clean_language)
    cleaner.apply("promo_video_url", canonical_video_url)
    cleaner.apply("currency", _clean_currency)
    cleaner.apply("thumbnail", lambda file: _clean_file(course, by, file, SINGLE_FILES["thumbnail"]))
    cleaner.apply("prerequisite_courses", lambda rows: _clean_prerequisites(course, by, rows))
    _check_price(cleaner, course)
    values = cleaner.finish(extra=["slug", "objectives", "requirements", "tags", "thumbnail"])
    _check_pictures(course, by, values, "description")
    return values


def clean_module_fields(*, module: Module, fields: Fields) -> dict[str, Any]:
    """Return the fields of MODULE_FIELDS that were sent, as they are stored; raises ValidationError."""
    return _Cleaner(module, fields, MODULE_FIELDS).finish()


def clean_lesson_fields(
    *, lesson: Lesson, by: User | None, fields: Fields, files: Files | None = None
) -> dict[str, Any]:
    """Return the fields of LESSON_FIELDS that were sent, as they are stored; nothing is written.

    `lesson` may be unsaved; its course must be set. `files` are those that `usable_files` gave for many lessons
    at once. Raises ValidationError with an entry for each wrong one:
    `unknown_file`, `one_video`, `preview_not_allowed`, `invalid_video_url`, `invalid_url`, the columns' own.
    """
    cleaner = _Cleaner(lesson, fields, LESSON_FIELDS)
    cleaner.apply("slug", clean_slug)
    cleaner.apply("video_url", canonical_video_url)
    cleaner.apply("link_url", _clean_link)
    kinds = SINGLE_FILES["video_file"]
    cleaner.apply("video_file", lambda file: _clean_file(lesson.course, by, file, kinds, files))
    after = {
        name: cleaner.fields.get(name, getattr(lesson, name)) for name in ("video_url", "is_preview", "type")
    }
    file = cleaner.fields.get("video_file", lesson.video_file_id)
    if after["video_url"] and file:
        cleaner.add("video_url", _("Choose a video file or an address, not both."), "one_video")
    if after["is_preview"] and after["type"] in Lesson.FIXED_TYPES:
        text = _("A quiz or an assignment cannot be a free preview.")
        cleaner.add("is_preview", text, "preview_not_allowed")
    values = cleaner.finish(extra=["slug", "video_file"])
    _check_pictures(lesson.course, by, values, "body", files)
    return values


def clean_resource_fields(*, resource: LessonResource, by: User | None, fields: Fields) -> dict[str, Any]:
    """Return the fields of RESOURCE_FIELDS that were sent, as they are stored; nothing is written.

    Raises ValidationError: `one_source`, `caption_needs_language`, `caption_taken`, `unknown_file`,
    `invalid_url`.
    """
    cleaner = _Cleaner(resource, fields, RESOURCE_FIELDS)
    kind = cleaner.fields.get("kind", resource.kind)
    is_caption = kind == LessonResource.Kind.CAPTION
    kinds = (StoredFile.Kind.CAPTION,) if is_caption else ()
    cleaner.apply("file", lambda file: _clean_file(resource.lesson.course, by, file, kinds))
    cleaner.apply("url", _clean_link)
    if cleaner.fields.get("language"):
        cleaner.apply("language", _clean_language)
    file = cleaner.fields.get("file", resource.file_id)
    url = cleaner.fields.get("url", resource.url)
    language = cleaner.fields.get("language", resource.language)
    if not cleaner.errors and bool(file) == bool(url):
        cleaner.add("file", _("Choose a file or an address: one of the two."), "one_source")
    if is_caption and not (file and language):
        cleaner.add("language", _("Captions are a file with a language."), "caption_needs_language")
    others = resource.lesson.resources.captions().exclude(pk=resource.pk)
    if is_caption and others.filter(language=language).exists():
        cleaner.add("language", _("This lesson already has captions in that language."), "caption_taken")
    return cleaner.finish(extra=["file"])


def _clean_items(items: Any) -> list[str]:
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise ValidationError(_("Send a list of texts."), code="invalid")
    kept = [text for text in map(clean_text, items) if text]
    for text in kept:
        validate_plain_text(text)
        if len(text) > MAX_ITEM_LENGTH:
            message = _("At most %(limit)d characters are allowed in a line.") % {"limit": MAX_ITEM_LENGTH}
            raise ValidationError(message, code="max_length")
    if len(kept) > MAX_ITEMS:
        message = _("At most %(limit)d lines are allowed.") % {"limit": MAX_ITEMS}
        raise ValidationError(message, code="too_many_items")
    return kept


def _clean_tag_names(names: Any) -> list[str]:
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValidationError(_("Send a list of names."), code="invalid")
    kept = [name for name in (" ".join(clean_text(name).split()) for name in names) if name]
    for name in names:
        validate_plain_text(clean_text(name))
    if any(len(name) > 50 for name in kept):
        raise ValidationError(_("A tag has at most 50 characters."), code="max_length")
    if len(kept) > MAX_TAGS:
        message = _("At most %(limit)d tags are allowed.") % {"limit": MAX_TAGS}
        raise ValidationError(message, code="too_many_tags")
    return kept


def _clean_prerequisites(course: Course, by: User | None, rows: Iterable[Course]) -> list[Course]:
    """What is there already may stay, although whoever saves cannot see it."""
    wanted = {row.pk: row for row in rows}
    if len(wanted) > MAX_PREREQUISITES:
        message = _("At most %(limit)d courses can be required.") % {"limit": MAX_PREREQUISITES}
        raise ValidationError(message, code="too_many_prerequisites")
    new = set(wanted)
    if not course._state.adding:
        new -= set(course.prerequisite_courses.values_list("pk", flat=True))
    seen = Course.objects.visible_to(by) if by else Course.objects.all()
    if new and seen.filter(pk__in=new, deleted_at=None).count() < len(new):
        raise ValidationError(_("There is no such course."), code="unknown_course")
    return list(wanted.values())


def _clean_language(tag: str) -> str:
    if not LANGUAGE_TAG.fullmatch(tag) or len(tag) > 35:
        raise ValidationError(
            _("Enter a language as its code, such as en, ar or pt-BR."), code="invalid_language"
        )
    return tag


def _clean_currency(code: str) -> str:
    upper = code.strip().upper()
    if upper not in get_global("all_currencies"):
        raise ValidationError(_("Enter a currency as its code of three letters."), code="invalid_currency")
    return upper


def _clean_link(url: str) -> str:
    url = url.strip()
    if url:
        validate_link_url(url)
    return url


def _check_price(cleaner: _Cleaner, course: Course) -> None:
    if not {"price", "currency"} & cleaner.fields.keys() or {"price", "currency"} & cleaner.errors.keys():
        return
    currency = cleaner.fields.get("currency", course.currency)
    try:
        price = Decimal(str(cleaner.fields.get("price", course.price)))
        fits = price == round(price, get_currency_precision(currency))
    except (ArithmeticError, ValueError):
        return  # no number: the column says so
    if not fits:
        text = _("An amount in %(currency)s has at most %(count)d decimals.")
        count = get_currency_precision(currency)
        cleaner.add("price", text % {"currency": currency, "count": count}, "too_many_decimals")


def _clean_file(
    course: Course,
    by: User | None,
    file: StoredFile | None,
    kinds: tuple[str, ...],
    files: Files | None = None,
) -> StoredFile | None:
    if file is None:
        return None
    usable = usable_files(course, by, [file.pk]) if files is None else files
    if file.pk not in usable or (kinds and usable[file.pk].kind not in kinds):
        raise ValidationError(
            _("This is not one of your files, or not of the right kind."), code="unknown_file"
        )
    return usable[file.pk]


def _check_pictures(
    course: Course, by: User | None, values: dict[str, Any], name: str, files: Files | None = None
) -> None:
    ids = file_ids(values[name]) if "file:" in values.get(name, "").lower() else []
    usable = files or {}
    if ids and files is None:
        usable = usable_files(course, by, ids)
    if any(pk not in usable or usable[pk].kind != StoredFile.Kind.IMAGE for pk in ids):
        message = _("A picture in the text is not one of your files.")
        raise ValidationError({name: ValidationError(message, code="unknown_file")})


def usable_files(course: Course, by: User | None, ids: Iterable[Any]) -> dict[Any, StoredFile]:
    """Return those of the files that `by` may attach, by id: own ones, and what the course holds already."""
    ids = list(ids)
    ready = StoredFile.objects.ready().filter(pk__in=ids)
    if by is None:
        return {file.pk: file for file in ready}
    own = {file.pk: file for file in StoredFile.objects.editable_by(by).filter(pk__in=ids)}
    if len(own) < len(set(ids)):
        held = course.held_files() if not course._state.adding else StoredFile.objects.none()
        own |= {file.pk: file for file in ready.filter(pk__in=held.values("pk"))}
    return own
