"""The public profile of those who teach."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import InstructorProfile, User
from accounts.models.audit import record
from accounts.services.checks import assign, refuse, value_errors
from lms.lib.slugs import slugify_unicode, unique_slug

FIELDS = ["headline", "specialization", "website_url", "linkedin_url"]


def ensure_instructor_profile(*, user: User) -> InstructorProfile:
    """Return the person's profile, made with a slug from the name when there is none; the slug stays."""
    for _attempt in range(5):
        profile = InstructorProfile.objects.filter(user=user).first()
        if profile is not None:
            return profile
        slug = unique_slug(slugify_unicode(user.full_name), _is_taken, fallback="instructor")
        try:
            with transaction.atomic():
                return InstructorProfile.objects.create(user=user, slug=slug)
        except IntegrityError:
            continue  # a namesake, or another request for the same person, was first
    raise AssertionError("five namesakes at the same moment")


def _is_taken(slug: str) -> bool:
    return InstructorProfile.objects.filter(slug=slug).exists()


@transaction.atomic
def update_instructor_profile(*, profile: InstructorProfile, by: User, **values: str) -> InstructorProfile:
    """Change headline, specialization, website_url or linkedin_url; raise InvalidFields."""
    changed = assign(profile, values)
    refuse(value_errors(profile, values))
    if changed:
        profile.save(update_fields=list(changed))
        if by.pk != profile.user_id:
            record(by=by, action="instructor_profile.updated", target=profile, data=changed)
    return profile


@transaction.atomic
def verify_instructor(*, profile: InstructorProfile, by: User) -> InstructorProfile:
    """Vouch for a teacher: the profile carries a tick. Repeating changes nothing."""
    now = timezone.now()
    rows = InstructorProfile.objects.filter(pk=profile.pk, verified_at=None)
    if rows.update(verified_at=now, verified_by=by):
        profile.verified_at, profile.verified_by = now, by
        record(
            by=by, action="instructor_profile.verified", target=profile, data={"is_verified": [False, True]}
        )
    return profile


@transaction.atomic
def unverify_instructor(*, profile: InstructorProfile, by: User) -> InstructorProfile:
    """Take the tick back. Repeating changes nothing."""
    rows = InstructorProfile.objects.filter(pk=profile.pk, verified_at__isnull=False)
    if rows.update(verified_at=None, verified_by=None):
        profile.verified_at = profile.verified_by = None
        data = {"is_verified": [True, False]}
        record(by=by, action="instructor_profile.unverified", target=profile, data=data)
    return profile
