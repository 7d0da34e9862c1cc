"""The course: what it is called, what it promises, who owns it, and where it stands in its life."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from babel import Locale, UnknownLocaleError
from django.apps import apps
from django.conf import settings
from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator
from django.db import models
from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.checks import Problem, Severity, registered_problems
from courses.learners import learner_course_ids
from courses.models.catalogue import Category, Tag
from files.models import StoredFile
from lms.lib.ids import UUIDModel
from lms.lib.markdown import Picture, plain_text, render_markdown, warnings
from lms.lib.text import direction_of, validate_plain_multiline_text, validate_plain_text

if TYPE_CHECKING:
    from accounts.models import User


DESCRIPTION_MIN_LENGTH = 50  # characters of plain text


def default_currency() -> str:
    """Return the site's currency."""
    return settings.DEFAULT_CURRENCY


def picture_finder(files: Iterable[StoredFile]) -> Callable[[str], Picture | None]:
    """Return what `render_markdown` asks for a picture's address: only `files` are shown."""
    known: dict[str, Picture] = {
        str(file.pk): (file.get_absolute_url(), file.width, file.height) for file in files
    }
    return known.get


def _no_picture(file_id: str) -> Picture | None:
    return None


def _count_of(rows: QuerySet[Any]) -> Coalesce:
    """Return how many rows there are of those that refer to the outer one, as a part of its query."""
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)


class CourseQuerySet(models.QuerySet["Course"]):
    """Which courses."""

    def published(self) -> CourseQuerySet:
        """In the catalogue now."""
        return self.filter(status=Course.Status.PUBLISHED, deleted_at=None)

    def visible_to(self, user: Any) -> CourseQuerySet:
        """Published; own; any that the person may keep reading; never a binned one, save for admins."""
        if not user.is_authenticated:
            return self.published()
        if user.is_admin:
            return self
        shown = Q(status=Course.Status.PUBLISHED) | Q(instructor=user)
        learning = learner_course_ids(user)
        if learning is not None:
            shown |= Q(pk__in=learning)
        return self.filter(shown, deleted_at=None)

    def editable_by(self, user: Any) -> CourseQuerySet:
        """All for an admin; own, outside the bin, while the person may teach."""
        if not user.is_authenticated or not user.is_teacher:
            return self.none()
        return self if user.is_admin else self.filter(instructor=user, deleted_at=None)

    def for_catalogue(self) -> CourseQuerySet:
        """Everything a card shows, in one query."""
        return self.select_related("category", "instructor", "instructor__instructor_profile", "thumbnail")

    def for_page(self) -> CourseQuerySet:
        """Everything that stands around a course's outline, in three queries.

        Adds `file_count` (files to download) and `teacher_course_count`; `prerequisite_courses` are those in
        force.
        """
        # By name: these models are defined after this one.
        resources = apps.get_model("courses", "LessonResource").objects.filter(
            kind="material",
            file__isnull=False,
            lesson__course=OuterRef("pk"),
            lesson__is_published=True,
            lesson__module__is_published=True,
            lesson__deleted_at=None,
        )
        others = Course.objects.published().filter(instructor=OuterRef("instructor"))
        in_force = Course.objects.published().order_by("title_key", "id")
        return (
            self.for_catalogue()
            .annotate(file_count=_count_of(resources), teacher_course_count=_count_of(others))
            .prefetch_related("tags", Prefetch("prerequisite_courses", in_force))
        )


class Course(UUIDModel):
    """What can be learned. Status moves by verbs only; figures are written by their one owner."""

    class Level(models.TextChoices):
        BEGINNER = "beginner", _("Beginner")
        INTERMEDIATE = "intermediate", _("Intermediate")
        ADVANCED = "advanced", _("Advanced")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        ARCHIVED = "archived", _("Archived")

    title = models.CharField(
        _("title"), max_length=255, validators=[MinLengthValidator(3), validate_plain_text]
    )
    subtitle = models.CharField(
        _("one line about it"), max_length=500, blank=True, validators=[validate_plain_text]
    )
    slug = models.SlugField(_("address"), max_length=200, unique=True, allow_unicode=True)
    description = models.TextField(
        _("description"),
        max_length=20_000,
        blank=True,
        validators=[validate_plain_multiline_text],
        help_text=_("Its pictures become public, so that visitors can see them."),
    )
    objectives = models.JSONField(_("what you will be able to do"), default=list, blank=True)
    requirements = models.JSONField(_("requirements"), default=list, blank=True)
    prerequisite_courses: models.ManyToManyField[Course, Any] = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="+", verbose_name=_("prerequisites")
    )
    instructor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="courses",
        verbose_name=_("instructor"),
    )
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="courses",
        verbose_name=_("category"),
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="courses", verbose_name=_("tags"))
    level = models.CharField(_("level"), max_length=12, choices=Level, default=Level.BEGINNER)
    language = models.CharField(_("language"), max_length=35, default="en")
    price = models.DecimalField(
        _("price"), max_digits=12, decimal_places=3, default=0, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("currency"), max_length=3, default=default_currency)
    max_students = models.PositiveIntegerField(
        _("seats"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("Empty: no limit.")
    )
    access_days = models.PositiveIntegerField(
        _("days of access"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("Empty: for ever. Counts for new enrollments only."),
    )
    is_sequential = models.BooleanField(_("lessons open in order"), default=False)
    certificate_enabled = models.BooleanField(_("gives a certificate"), default=True)
    min_quiz_average = models.DecimalField(
        _("quiz average needed"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    thumbnail = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("picture"),
        help_text=_("It becomes public, so that visitors can see it."),
    )
    promo_video_url = models.URLField(_("introduction video"), max_length=500, blank=True)
    estimated_duration_minutes = models.PositiveIntegerField(
        _("own estimate in minutes"), null=True, blank=True
    )
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.DRAFT, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)

    lesson_count = models.PositiveIntegerField(default=0, editable=False)
    # The author's estimate when there is one, else the sum over the live lessons.
    duration_minutes = models.PositiveIntegerField(default=0, editable=False)
    enrollment_count = models.PositiveIntegerField(default=0, editable=False)
    quiz_count = models.PositiveIntegerField(default=0, editable=False)
    review_count = models.PositiveIntegerField(default=0, editable=False)
    average_rating = models.DecimalField(
        max_digits=3, decimal_places=2, null=True, blank=True, editable=False
    )

    revision = models.PositiveIntegerField(default=1, editable=False)
    structure_version = models.PositiveIntegerField(default=1, editable=False)
    structure_changed_at = models.DateTimeField(default=timezone.now, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    title_key = models.CharField(max_length=512, blank=True, editable=False)
    inline_files = models.ManyToManyField(StoredFile, blank=True, related_name="+", editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, editable=False)

    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                F("published_at").desc(),
                "id",
                name="course_newest",
                condition=Q(status="published", deleted_at=None),
            ),
            # No index on figures: a seat taken then touches no index at all, the one of search included.
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False),
                name="course_published_has_date",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(status="draft"), name="course_deleted_is_draft"
            ),
            models.CheckConstraint(
                condition=Q(max_students=None) | Q(enrollment_count__lte=F("max_students")),
                name="course_seats_within_limit",
                violation_error_code="below_enrollment_count",
                violation_error_message=_("There are already more students than that."),
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="course_price_range"),
            models.CheckConstraint(
                condition=Q(min_quiz_average=None) | Q(min_quiz_average__range=(0, 100)),
                name="course_min_quiz_average_range",
            ),
            models.CheckConstraint(
                condition=Q(access_days=None) | Q(access_days__range=(1, 3650)),
                name="course_access_days_range",
            ),
            models.CheckConstraint(
                condition=Q(average_rating=None, review_count=0)
                # A check that is NULL passes: the rating must say that it is there.
                | Q(average_rating__isnull=False, average_rating__range=(1, 5), review_count__gt=0),
                name="course_rating_matches_count",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("courses:course_detail", args=[self.slug])

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED and self.deleted_at is None

    @property
    def is_free(self) -> bool:
        return self.price == 0

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`, from the language."""
        return direction_of(self.language)

    @property
    def thumbnail_url(self) -> str | None:
        """Address of the picture; None: the page draws a cover."""
        return self.thumbnail.get_absolute_url() if self.thumbnail else None

    @property
    def language_name(self) -> str:
        """The language in its own words, the tag itself when we do not know it."""
        try:
            return Locale.parse(self.language, sep="-").display_name or self.language
        except (ValueError, UnknownLocaleError):
            return self.language

    def description_html(self) -> SafeString:
        """The description as HTML (one query, for its pictures)."""
        images = (
            picture_finder(self.inline_files.all()) if "file:" in self.description.lower() else _no_picture
        )
        return render_markdown(self.description, language=self.language, image_url=images)

    def prerequisites_in_force(self) -> CourseQuerySet:
        """The published prerequisites: a course nobody can join blocks nobody."""
        return Course.objects.published().filter(pk__in=self.prerequisite_courses.values("pk"))

    def held_files(self) -> QuerySet[StoredFile]:
        """Every file that the course shows, removed lessons included: they may stay whoever saves."""
        return StoredFile.objects.filter(
            Q(pk=self.thumbnail_id)
            | Q(pk__in=self.inline_files.values("pk"))
            | Q(pk__in=self.lessons.values("video_file"))
            | Q(pk__in=self.lessons.values("inline_files"))
            | Q(pk__in=self.lessons.values("resources__file"))
        )

    def problems(self) -> list[Problem]:
        """The check list: blocking problems first, then what may be mended (queries; constant in number)."""
        lessons = list(
            self.lessons.live().in_order().select_related("video_file").prefetch_related("resources")
        )
        found = [*self.blocking_problems(len(lessons)), *self._own_warnings(), *registered_problems(self)]
        for lesson in lessons:
            found += lesson.problems()
        if not self.is_free and not any(lesson.is_preview for lesson in lessons):
            found.append(
                self._warning("no_preview", _("A course with a price sells better with a free preview."))
            )
        return sorted(found, key=lambda problem: not problem.is_blocking)

    def blocking_problems(self, live_lessons: int) -> Iterable[Problem]:
        """What the course itself lacks before it can be published; what its lessons lack comes on top."""
        needed = settings.PUBLISH_MIN_LESSONS
        if live_lessons < needed:
            text = gettext("Publish at least %(needed)d lessons (now %(count)d).")
            yield Problem("too_few_lessons", text % {"needed": needed, "count": live_lessons}, self)
        if len(plain_text(self.description)) < DESCRIPTION_MIN_LENGTH:
            text = gettext("Describe the course in at least %(count)d characters.")
            yield Problem("description_too_short", text % {"count": DESCRIPTION_MIN_LENGTH}, self)

    def _own_warnings(self) -> Iterable[Problem]:
        if not self.thumbnail_id:
            yield self._warning("no_thumbnail", _("Without a picture the catalogue shows a drawing."))
        if not self.category_id:
            yield self._warning("no_category", _("Choose a category, so that the course is found."))
        if not self.objectives:
            yield self._warning("no_objectives", _("Say what people will be able to do."))
        for title in self.prerequisite_courses.exclude(pk__in=self.prerequisites_in_force()).values_list(
            "title", flat=True
        ):
            text = gettext("“%(title)s” is required, but not published: it blocks nobody until then.")
            yield self._warning("prerequisite_not_published", text % {"title": title})
        for warning in warnings(self.description):
            yield self._warning(warning.code, warning.message)

    def _warning(self, code: str, sentence: Any) -> Problem:
        return Problem(code, sentence, self, Severity.WARNING)

    def can_edit(self, user: User | Any) -> bool:
        """The owner while they may teach, and every admin."""
        if not user.is_authenticated or not user.is_teacher:
            return False
        return bool(user.is_admin or (self.instructor_id == user.pk and self.deleted_at is None))


class CourseSlug(UUIDModel):
    """Every slug a course ever had: a slug means one course for ever."""

    slug = models.SlugField(max_length=200, unique=True, allow_unicode=True)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="slugs")

    class Meta:
        verbose_name = _("old address")
        verbose_name_plural = _("old addresses")

    def __str__(self) -> str:
        return self.slug
