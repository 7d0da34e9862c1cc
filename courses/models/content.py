"""What a course is made of: modules, lessons, and what hangs on a lesson."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from courses.checks import Problem, Severity
from courses.models.course import Course, picture_finder
from files.models import StoredFile
from lms.lib.ids import UUIDModel
from lms.lib.markdown import render_markdown, warnings
from lms.lib.text import (
    normalise_for_search,
    search_words,
    validate_plain_multiline_text,
    validate_plain_text,
)


class ModuleQuerySet(models.QuerySet["Module"]):
    """Which modules."""

    def shown(self) -> ModuleQuerySet:
        """What students see: published, with a live lesson in it."""
        return self.filter(Exists(Lesson.objects.live().filter(module=OuterRef("pk"))))


class Module(UUIDModel):
    """A section of a course."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="modules")
    title = models.CharField(_("title"), max_length=255, validators=[validate_plain_text])
    description = models.TextField(
        _("description"), max_length=2000, blank=True, validators=[validate_plain_multiline_text]
    )
    position = models.PositiveIntegerField(_("position"), default=1)
    is_published = models.BooleanField(_("published"), default=True)
    release_at = models.DateTimeField(_("opens on"), null=True, blank=True)
    release_after_days = models.PositiveIntegerField(
        _("opens days after enrolling"), null=True, blank=True, validators=[MaxValueValidator(3650)]
    )
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = ModuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["course", "position"], name="module_course_position")]

    def __str__(self) -> str:
        return self.title


class LessonQuerySet(models.QuerySet["Lesson"]):
    """Which lessons."""

    def present(self) -> LessonQuerySet:
        """Not removed."""
        return self.filter(deleted_at=None)

    def live(self) -> LessonQuerySet:
        """Lesson and module published, lesson not removed: what students have."""
        return self.filter(is_published=True, module__is_published=True, deleted_at=None)

    def required(self) -> LessonQuerySet:
        """Live lessons that count for progress."""
        return self.live().filter(is_required=True)

    def in_order(self) -> LessonQuerySet:
        """As the outline shows them."""
        return self.order_by("module__position", "position")

    def with_minutes(self) -> LessonQuerySet:
        """Add `counted_minutes`: what `minutes` says, 0 when it is unknown."""
        seconds = Coalesce(NullIf("video_file__duration_seconds", 0), "video_duration_seconds", 0)
        video = (seconds + Value(59)) / Value(60)
        own = Coalesce(
            NullIf("duration_minutes", 0), Case(When(type=Lesson.Type.VIDEO, then=video), default=0)
        )
        return self.annotate(counted_minutes=own)

    def search(self, text: str) -> LessonQuerySet:
        """Lessons whose title holds every word of `text`, as the catalogue compares words."""
        words = search_words(text)
        titles = self.values_list("pk", "title")
        found = [pk for pk, title in titles if all(word in normalise_for_search(title) for word in words)]
        return self.filter(pk__in=found)

    def with_file(self, file: StoredFile) -> LessonQuerySet:
        """Lessons that show `file`: as video, resource, caption, or a picture in the text."""
        return self.filter(Q(video_file=file) | Q(resources__file=file) | Q(inline_files=file)).distinct()


class Lesson(UUIDModel):
    """One step of a module. A removed lesson has no module and keeps what students did in it."""

    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        VIDEO = "video", _("Video")
        QUIZ = "quiz", _("Quiz")
        ASSIGNMENT = "assignment", _("Assignment")
        DOCUMENT = "document", _("Document")
        LINK = "link", _("Link")

    FIXED_TYPES = (Type.QUIZ, Type.ASSIGNMENT)

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="lessons")
    module = models.ForeignKey(
        Module, on_delete=models.CASCADE, null=True, blank=True, related_name="lessons"
    )
    title = models.CharField(
        _("title"), max_length=255, validators=[MinLengthValidator(2), validate_plain_text]
    )
    slug = models.SlugField(_("address"), max_length=200, allow_unicode=True)
    description = models.TextField(
        _("summary"), max_length=1000, blank=True, validators=[validate_plain_multiline_text]
    )
    type = models.CharField(_("type"), max_length=10, choices=Type, default=Type.TEXT)
    body = models.TextField(
        _("text"), max_length=50_000, blank=True, validators=[validate_plain_multiline_text]
    )
    video_file = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("video file"),
    )
    video_url = models.URLField(_("video address"), max_length=500, blank=True)
    video_duration_seconds = models.PositiveIntegerField(
        _("length of the video in seconds"), null=True, blank=True
    )
    required_watch_percentage = models.PositiveSmallIntegerField(
        _("share to watch in per cent"), default=80, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    link_url = models.URLField(_("link"), max_length=500, blank=True)
    duration_minutes = models.PositiveIntegerField(
        _("minutes"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1440)]
    )
    is_preview = models.BooleanField(_("free preview"), default=False)
    is_required = models.BooleanField(_("required"), default=True)
    is_published = models.BooleanField(_("published"), default=False)
    position = models.PositiveIntegerField(_("position"), null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    inline_files = models.ManyToManyField(StoredFile, blank=True, related_name="+", editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = LessonQuerySet.as_manager()

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering = [F("module__position").asc(nulls_last=True), F("position").asc(nulls_last=True)]
        constraints = [
            models.UniqueConstraint(fields=["module", "position"], name="lesson_module_position"),
            models.UniqueConstraint(
                fields=["course", "slug"], condition=Q(deleted_at=None), name="lesson_course_slug"
            ),
            models.CheckConstraint(
                condition=Q(video_file=None) | Q(video_url=""),
                name="lesson_one_video",
                violation_error_message=_("Choose a video file or an address, not both."),
            ),
            models.CheckConstraint(
                condition=Q(is_preview=False) | ~Q(type__in=["quiz", "assignment"]),
                name="lesson_preview_type",
                violation_error_code="preview_not_allowed",
                violation_error_message=_("A quiz or an assignment cannot be a free preview."),
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None, module__isnull=False, position__isnull=False)
                | Q(deleted_at__isnull=False, module=None, position=None),
                name="lesson_module_or_removed",
            ),
            models.CheckConstraint(
                condition=Q(required_watch_percentage__range=(1, 100)), name="lesson_watch_range"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_live(self) -> bool:
        """Whether students have it (reads the module)."""
        return bool(
            self.deleted_at is None
            and self.is_published
            and self.module is not None
            and self.module.is_published
        )

    @property
    def video_seconds(self) -> int | None:
        """Length of the video: the file's own, else the typed one."""
        if self.video_file and self.video_file.duration_seconds:
            return self.video_file.duration_seconds
        return self.video_duration_seconds

    @property
    def minutes(self) -> int | None:
        """How long it takes: the author's figure, else the video's length rounded up, else unknown."""
        if self.duration_minutes:
            return self.duration_minutes
        return ceil(self.video_seconds / 60) if self.type == self.Type.VIDEO and self.video_seconds else None

    def body_html(self) -> SafeString:
        """The text as HTML, in the course's language (reads the course; one query when it has pictures)."""
        files = self.inline_files.all() if "file:" in self.body.lower() else ()
        return render_markdown(self.body, language=self.course.language, image_url=picture_finder(files))

    def problems(self) -> list[Problem]:
        """What keeps this lesson from being published, then what may be mended (reads its resources)."""
        found = self.blocking_problems()
        shows_own_video = self.type == self.Type.VIDEO and self.video_file_id
        if shows_own_video and not any(resource.is_caption for resource in self.resources.all()):
            found.append(Problem("no_captions", _("The video has no captions."), self, Severity.WARNING))
        if "file:" in self.body.lower():
            found += [Problem(w.code, w.message, self, Severity.WARNING) for w in warnings(self.body)]
        return found

    def blocking_problems(self) -> list[Problem]:
        """What keeps this lesson from being published (reads its resources)."""
        return [Problem(code, sentence, self) for code, sentence in self._missing()]

    def _missing(self) -> Iterable[tuple[str, Promise]]:
        types = self.Type
        if self.type == types.VIDEO and not (self.video_file_id or self.video_url):
            yield "video_missing", _("Choose a video.")
        elif self.type == types.VIDEO and not self.video_seconds:
            yield "video_length_missing", _("Enter the length of the video.")
        elif self.type == types.DOCUMENT and not any(r.is_document for r in self.resources.all()):
            yield "document_missing", _("Attach a file.")
        elif self.type == types.LINK and not self.link_url:
            yield "link_missing", _("Enter the link.")
        elif self.type == types.TEXT and not self.body.strip():
            yield "text_empty", _("Write the text.")


class LessonResourceQuerySet(models.QuerySet["LessonResource"]):
    """Which resources."""

    def materials(self) -> LessonResourceQuerySet:
        return self.filter(kind=LessonResource.Kind.MATERIAL)

    def captions(self) -> LessonResourceQuerySet:
        return self.filter(kind=LessonResource.Kind.CAPTION)


class LessonResource(UUIDModel):
    """A file or link beside a lesson, or the captions of its video in one language."""

    class Kind(models.TextChoices):
        MATERIAL = "material", _("Material")
        CAPTION = "caption", _("Captions")

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="resources")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.MATERIAL)
    title = models.CharField(_("title"), max_length=255, validators=[validate_plain_text])
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("file")
    )
    url = models.URLField(_("address"), max_length=500, blank=True)
    language = models.CharField(_("language"), max_length=35, blank=True)
    position = models.PositiveIntegerField(_("position"), default=1)

    objects = LessonResourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        ordering = ["kind", "position"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(file__isnull=False) & Q(url="")) | (Q(file=None) & ~Q(url="")),
                name="resource_one_source",
                violation_error_message=_("Choose a file or an address: one of the two."),
            ),
            models.UniqueConstraint(
                fields=["lesson", "language"],
                condition=Q(kind="caption"),
                name="resource_caption_language",
                violation_error_message=_("This lesson already has captions in that language."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="caption") | (Q(file__isnull=False) & ~Q(language="")),
                name="resource_caption_is_file",
                violation_error_message=_("Captions are a file with a language."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_caption(self) -> bool:
        return self.kind == self.Kind.CAPTION

    @property
    def is_document(self) -> bool:
        """Whether a document lesson can show it."""
        return self.kind == self.Kind.MATERIAL and self.file_id is not None

    def get_absolute_url(self) -> str:
        return self.file.get_absolute_url() if self.file else self.url
