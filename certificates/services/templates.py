"""What admins do with templates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.audit import record
from certificates.exceptions import TemplateBuiltIn, TemplateDefaultTaken, TemplateInUse
from certificates.models import Certificate, CertificateQuerySet, CertificateTemplate
from certificates.services.pdfs import queue_renders
from lms.lib.errors import FieldError
from lms.lib.tasks import wake
from lms.lib.text import clean_multiline_text, clean_text


def save_template(
    *, by: User | None, template: CertificateTemplate | None = None, **fields: Any
) -> CertificateTemplate:
    """Make a template, or change these fields of one; no PDF that exists changes.

    With `is_default` the former default of the course, or of the site, steps back. Raises ValidationError by
    field, TemplateInUse when certificates name it and another course is given, TemplateDefaultTaken when
    another default was made at the same moment.
    """
    row = CertificateTemplate() if template is None else template
    before = _values(row)
    apply_fields(row, fields)
    if template is not None and _values(row)["course"] != before["course"]:
        _refuse_moving_used(row)
    changed = {name: [before[name], value] for name, value in _values(row).items() if before[name] != value}
    action = "certificate_template.added" if template is None else "certificate_template.changed"
    _store(row, by=by, action=action, data={} if template is None else changed)
    return row


def apply_fields(template: CertificateTemplate, fields: dict[str, Any]) -> None:
    """Set `fields` on a template, cleaned and checked, without writing it. Raises ValidationError by field."""
    for name, value in fields.items():
        if isinstance(value, str):
            value = clean_multiline_text(value) if name.startswith("body_") else clean_text(value)
        setattr(template, name, value)
    template.full_clean(validate_unique=False, validate_constraints=False)


def make_default(*, template: CertificateTemplate, by: User | None) -> CertificateTemplate:
    """Let new certificates of its course, or of the site, look like this template, which becomes active too.

    Raises TemplateDefaultTaken when another one was made the default at the same moment.
    """
    return save_template(by=by, template=template, is_default=True, is_active=True)


def duplicate_template(*, template: CertificateTemplate, by: User | None) -> CertificateTemplate:
    """Return a copy that is nobody's default, to go on from."""
    fields = {name: getattr(template, name) for name in _names() if name != "is_default"}
    fields["name"] = str(_("Copy of %(name)s") % {"name": template.name})[:100]
    return save_template(by=by, **{**fields, "is_active": True})


def delete_template(*, template: CertificateTemplate, by: User | None) -> None:
    """Delete a template that no certificate names. Raises TemplateInUse, TemplateBuiltIn."""
    if template.is_builtin:
        raise TemplateBuiltIn
    try:
        with transaction.atomic():
            record(by=by, action="certificate_template.deleted", target=template)
            template.delete()
    except models.ProtectedError:
        raise TemplateInUse from None


def renders_of(template: CertificateTemplate) -> CertificateQuerySet:
    """Return the issued certificates that "Render again" on a template makes anew.

    Those that name it; for the built-in one also those from before there were templates.
    """
    names_it = Q(template=template)
    if template.is_builtin:
        names_it |= Q(template=None)
    return Certificate.objects.filter(names_it, status=Certificate.Status.ISSUED)


def render_template_again(*, template: CertificateTemplate, by: User | None) -> int:
    """Queue new PDFs of a template's certificates, each in the template that now serves its course.

    Return how many; those that wait already in the right template stay as they are. Nobody is mailed.
    """
    rows = renders_of(template)
    own_defaults = CertificateTemplate.objects.filter(
        course__in=rows.values("enrollment__course"), is_default=True, is_active=True
    )
    with transaction.atomic():
        count, served = 0, []
        for own in own_defaults:
            count += queue_renders(rows.filter(enrollment__course=own.course_id), own)
            served.append(own.course_id)
        rest = rows.exclude(enrollment__course__in=served)
        count += queue_renders(rest, CertificateTemplate.objects.picked_for(None))
        record(by=by, action="certificate_template.rendered", target=template, data={"count": [None, count]})
        wake("certificates.sweep")
    return count


def _store(row: CertificateTemplate, *, by: User | None, action: str, data: dict[str, Any]) -> None:
    try:
        with transaction.atomic():
            if row.is_default:
                CertificateTemplate.objects.in_scope_of(row).filter(is_default=True).update(is_default=False)
            row.save(update_fields=None if row._state.adding else [*data])
            record(by=by, action=action, target=row, data=data)
    except IntegrityError:
        # Two defaults at once: the partial unique decides.
        raise TemplateDefaultTaken from None


def _refuse_moving_used(row: CertificateTemplate) -> None:
    if Certificate.objects.filter(template=row).exists():
        text = _("Certificates were issued with this template: it stays where it is. Duplicate it instead.")
        raise TemplateInUse(errors=[FieldError("course", "template_in_use", text)])


def _names() -> list[str]:
    return [field.name for field in CertificateTemplate._meta.concrete_fields if not field.primary_key]


def _values(row: CertificateTemplate) -> dict[str, Any]:
    """The fields as the audit trail keeps them."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    values = {field.name: getattr(row, field.attname) for field in fields}
    return {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()}
