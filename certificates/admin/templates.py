"""Templates for admins: an editor beside what it prints."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.exceptions import Throttled
from certificates import services
from certificates.admin.template_form import PreviewForm, TemplateForm
from certificates.models import CertificateTemplate
from certificates.previews import preview_picture
from certificates.throttling import check_download_throttle
from lms.lib.admin import VerbModelAdmin, add_refusal
from lms.lib.errors import DomainError
from lms.lib.requests import person_of

SHOWN_SAMPLES = {"long": _("a long name"), "mixed": _("a name in the other script")}


@admin.register(CertificateTemplate)
class TemplateAdmin(VerbModelAdmin):
    """What certificates look like. Instructors have none of it."""

    form = TemplateForm
    list_display = ["name", "scope", "shown_default", "shown_active", "used_by"]
    list_filter = ["is_active", "is_default", "orientation"]
    list_select_related = ["course"]
    search_fields = ["name", "course__title"]
    autocomplete_fields = ["course"]
    actions = ["make_default", "duplicate"]
    compressed_fields = True
    change_form_before_template = "admin/courses/default_button.html"
    fieldsets = [
        (None, {"fields": ["name", "course", "is_default", "is_active", "valid_months"]}),
        (_("Words"), {"fields": ["title_en", "body_en", "title_ar", "body_ar"]}),
        (
            _("Who signs"),
            {
                "fields": [
                    "signatory_name_en",
                    "signatory_title_en",
                    "signatory_name_ar",
                    "signatory_title_ar",
                    "signature",
                    "signature_upload",
                ],
                "description": _("The picture is printed only while this person is named here."),
            },
        ),
        (_("Look"), {"fields": ["orientation", "accent", "ink", "border", "logo", "logo_upload"]}),
    ]

    class Media:
        js = [forms.Script("js/admin-preview.js", type="module")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CertificateTemplate]:
        return CertificateTemplate.objects.visible_to(request.user).with_use()

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "certificates_certificatetemplate"
        return [
            path("preview/", view(self.preview_view), name=f"{name}_preview_new"),
            path("<uuid:template_id>/preview/", view(self.preview_view), name=f"{name}_preview"),
            path("<uuid:template_id>/render/", view(self.render_view), name=f"{name}_render"),
            path("<uuid:template_id>/verbs/", view(self.verb_view), name=f"{name}_verbs"),
            *super().get_urls(),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated and request.user.is_admin)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    has_change_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request) and not (obj is not None and obj.is_builtin)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"by": person_of(request)})

    def _gate(self, request: HttpRequest, template_id: UUID) -> CertificateTemplate:
        if not self.has_module_permission(request):
            raise PermissionDenied
        template: CertificateTemplate | None = self.get_object(request, str(template_id))
        if template is None:
            raise Http404
        return template

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        name = "admin:certificates_certificatetemplate_preview"
        preview = reverse(name, args=[object_id]) if object_id else reverse(f"{name}_new")
        ctx = {**(extra_context or {}), "preview_url": preview}
        return super().changeform_view(request, object_id, form_url, ctx)

    def preview_view(self, request: HttpRequest, template_id: UUID | None = None) -> HttpResponse:
        """Draw what the form holds, saved or not; `?part=1` answers the pictures without the page around them."""
        if not self.has_module_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        template = self._gate(request, template_id) if template_id else CertificateTemplate()
        form_class: Any = self.get_form(request, template, change=True, form=PreviewForm)
        form = form_class(request.POST, instance=template)
        pictures, refusal = _drawn(request, form) if form.is_valid() else ([], None)
        name = "_preview" if "part" in request.GET else "preview"
        ctx = {**self.admin_site.each_context(request), "title": gettext("Preview"), "opts": self.opts,
               "form": form, "pictures": pictures}  # fmt: skip
        response = render(request, f"admin/certificates/{name}.html", ctx)
        if isinstance(refusal, Throttled):  # the script asks again by itself
            response.status_code = refusal.status
            response["Retry-After"] = refusal.headers["Retry-After"]
        return response

    def render_view(self, request: HttpRequest, template_id: UUID) -> HttpResponse:
        """Say how many PDFs would be made anew; POST does it."""
        template = self._gate(request, template_id)
        back = reverse("admin:certificates_certificatetemplate_change", args=[template.pk])
        if request.method == "POST":
            count = services.render_template_again(template=template, by=person_of(request))
            text = ngettext(
                "%(count)d PDF is being made again.", "%(count)d PDFs are being made again.", count
            )
            messages.success(request, text % {"count": count})
            return redirect(back)
        ctx = {
            **self.admin_site.each_context(request),
            "template": template,
            "opts": self.opts,
            "back": back,
            "count": services.renders_of(template).count(),
            "title": gettext("Render certificates again"),
        }
        return render(request, "admin/certificates/render.html", ctx)

    def verb_view(self, request: HttpRequest, template_id: UUID) -> HttpResponse:
        """Make it the default, or go on with a copy."""
        template = self._gate(request, template_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        verbs = {"make_default": services.make_default, "duplicate": services.duplicate_template}
        if verb := verbs.get(request.POST.get("verb", "")):
            try:
                template = verb(template=template, by=person_of(request))
                messages.success(request, gettext("Done: %(name)s") % {"name": template.name})
            except DomainError as error:
                messages.error(request, str(error))
        return redirect("admin:certificates_certificatetemplate_change", template.pk)

    @display(description=_("scope"), ordering="course__title")
    def scope(self, template: CertificateTemplate) -> str:
        return str(template.course or _("Whole site"))

    @admin.display(description=_("default"), ordering="is_default")
    def shown_default(self, template: CertificateTemplate) -> str | None:
        return gettext("default") if template.is_default else None

    @admin.display(description=_("active"), boolean=True, ordering="is_active")
    def shown_active(self, template: CertificateTemplate) -> bool:
        return template.is_active

    @admin.display(description=_("used by"), ordering="used_by")
    def used_by(self, template: CertificateTemplate) -> int:
        return int(getattr(template, "used_by", 0))

    @admin.action(description=_("Make default"))
    def make_default(self, request: HttpRequest, queryset: QuerySet[CertificateTemplate]) -> None:
        by = person_of(request)
        self.do_each(request, queryset, lambda row: services.make_default(template=row, by=by))

    @admin.action(description=_("Duplicate"))
    def duplicate(self, request: HttpRequest, queryset: QuerySet[CertificateTemplate]) -> None:
        by = person_of(request)
        self.do_each(request, queryset, lambda row: services.duplicate_template(template=row, by=by))

    def save_model(self, request: HttpRequest, obj: CertificateTemplate, form: Any, change: bool) -> None:
        """The form's verb has written it."""

    def delete_model(self, request: HttpRequest, obj: CertificateTemplate) -> None:
        services.delete_template(template=obj, by=person_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[CertificateTemplate]) -> None:
        by = person_of(request)
        self.do_each(request, queryset, lambda row: services.delete_template(template=row, by=by))


def _drawn(request: HttpRequest, form: Any) -> tuple[list[dict[str, Any]], DomainError | None]:
    """Return the pictures, or why there are none; that is said above the form, too."""
    try:
        check_download_throttle(request)
        return _pictures(form.instance), None
    except DomainError as error:
        add_refusal(form, error)
        return [], error


def _pictures(template: CertificateTemplate) -> list[dict[str, Any]]:
    """Return the samples in both languages. Raises PreviewFailed, naming the cause."""
    pictures = []
    for sample, about in SHOWN_SAMPLES.items():
        for language, language_name in settings.LANGUAGES:
            source = (
                "data:image/png;base64," + b64encode(preview_picture(template, language, sample)).decode()
            )
            pictures.append({"src": source, "language": language_name, "about": about})
    return pictures
