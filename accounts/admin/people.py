"""Accounts in the admin. Role and state change by actions, passwords by their owners alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportActionMixin, ImportMixin
from import_export.formats.base_formats import CSV
from unfold.admin import StackedInline, TabularInline
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from accounts import services
from accounts.admin.accommodation import AccommodationInline
from accounts.admin.filters import EmailProofFilter, ErasureFilter, MfaFilter
from accounts.admin.trail import ReadOnlyMixin
from accounts.admin.transfer import (
    ConfirmInviteForm,
    CsvSheet,
    InviteForm,
    PeopleExport,
    PeopleImport,
    XlsxSheet,
)
from accounts.forms import time_zone_choices
from accounts.models import InstructorProfile, LoginSession, User
from accounts.models.users import default_time_zone
from lms.lib.admin import VerbModelAdmin
from lms.lib.requests import AuthenticatedRequest
from lms.lib.text import clean_name, initials
from lms.lib.waiting_files import WaitingFile

EDITED = ["full_name", "email", "bio", "phone", "locale", "time_zone"]
SHOWN = ["role", "is_active", "proven", "mfa", "last_login", "created_at", "updated_at",
         "erasure_requested_at", "erased_at"]  # fmt: skip
Verb = Callable[..., object]


class UserForm(forms.ModelForm[User]):
    """Cleans as the verbs do, so that what they would refuse stands at the field."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zone_choices,
        initial=default_time_zone,
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = User
        fields = ["full_name", "email", "role", "bio", "phone", "locale", "time_zone"]

    def clean_full_name(self) -> str:
        return clean_name(self.cleaned_data["full_name"])

    def clean_email(self) -> str:
        return User.clean_email(self.cleaned_data["email"])


class RoleForm(forms.Form):
    """Which role to give."""

    role = forms.ChoiceField(label=_("role"), choices=User.Role.choices, widget=UnfoldAdminSelectWidget)


class InstructorProfileInline(StackedInline):
    """The public profile; it comes with the role."""

    model = InstructorProfile
    fk_name = "user"
    fields = ["slug", "headline", "specialization", "website_url", "linkedin_url", "verified_at"]
    readonly_fields = ["slug", "verified_at"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class LoginSessionInline(ReadOnlyMixin, TabularInline):
    """API logins, to look at."""

    model = LoginSession
    fields = readonly_fields = [
        "device", "ip", "created_at", "last_used_at", "expires_at", "revoked_at", "revoked_reason",
    ]  # fmt: skip
    ordering = ["-last_used_at"]
    can_delete = False
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_authenticated and request.user.is_admin)


@admin.register(User)
class UserAdmin(ImportMixin, ExportActionMixin, VerbModelAdmin):
    """Accounts."""

    form = UserForm
    list_display = ["person", "email", "proven", "shown_role", "is_active", "mfa", "last_login", "created_at"]
    list_filter = ["role", "is_active", EmailProofFilter, MfaFilter, ErasureFilter, "created_at"]
    search_fields = ["full_name", "email"]
    ordering = ["-created_at"]
    date_hierarchy = "created_at"
    actions = [
        "activate", "deactivate", "change_role", "send_password_link", "resend_verification",
        "remove_factors", "sign_out", "anonymise",
    ]  # fmt: skip
    inlines = [InstructorProfileInline, AccommodationInline, LoginSessionInline]

    import_export_change_list_template = "admin/import_export/change_list_import_export.html"
    import_formats, export_formats = [CSV], [CsvSheet, XlsxSheet]
    import_form_class, confirm_form_class = InviteForm, ConfirmInviteForm
    export_form_class = ExportForm
    to_encoding = "utf-8-sig"  # so that Excel reads Arabic
    tmp_storage_class = WaitingFile
    show_change_form_export = False
    skip_admin_log = True  # the verbs write the audit trail

    def get_queryset(self, request: AuthenticatedRequest) -> QuerySet[User]:
        return User.objects.visible_to(request.user).with_email_verified().with_mfa_enabled()

    # --- What is on the pages

    @display(description=_("Person"), header=True, ordering="full_name")
    def person(self, user: User) -> list[Any]:
        picture = (
            {"path": user.avatar_url, "squared": False, "width": 32, "height": 32} if user.avatar else None
        )
        return [user.full_name or str(user), "", initials(user.full_name), picture]

    @admin.display(description=_("e-mail confirmed"), boolean=True)
    def proven(self, user: User) -> bool:
        return user.email_verified

    @admin.display(description=_("second factor"), boolean=True)
    def mfa(self, user: User) -> bool:
        return user.mfa_enabled

    @display(description=_("role"), label={"instructor": "info", "admin": "warning"}, ordering="role")
    def shown_role(self, user: User) -> tuple[str, str]:
        return user.role, user.get_role_display()

    def get_fields(self, request: AuthenticatedRequest, obj: User | None = None) -> list[str]:
        return ["full_name", "email", "role", "locale", "time_zone"] if obj is None else [*EDITED, *SHOWN]

    def get_readonly_fields(self, request: AuthenticatedRequest, obj: User | None = None) -> list[str]:
        return [] if obj is None else SHOWN

    def get_inlines(self, request: AuthenticatedRequest, obj: User | None) -> list[Any]:
        return [] if obj is None else self.inlines

    # --- Who may

    def has_change_permission(self, request: AuthenticatedRequest, obj: User | None = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and (obj is None or obj.erased_at is None)

    def has_delete_permission(self, request: AuthenticatedRequest, obj: Model | None = None) -> bool:
        return False

    def has_import_permission(self, request: AuthenticatedRequest) -> bool:
        return request.user.is_admin

    def has_export_permission(self, request: AuthenticatedRequest) -> bool:
        return request.user.is_admin

    # --- Saving, through the verbs

    def save_model(self, request: AuthenticatedRequest, obj: User, form: Any, change: bool) -> None:
        """Hand over to the verbs. `obj` carries the new values already, so they get a fresh row."""
        if change:
            fresh = User.objects.get(pk=obj.pk)
            services.update_account(user=fresh, by=request.user, **form.cleaned_data)
        else:
            made = services.add_user(by=request.user, **form.cleaned_data)
            obj.pk, obj._state.adding = made.pk, False
            messages.info(request, _("An invitation to choose a password is on its way."))

    def save_formset(self, request: AuthenticatedRequest, form: Any, formset: Any, change: bool) -> None:
        """The public profile and the accommodation, each through its verbs."""
        formset.new_objects = formset.changed_objects = formset.deleted_objects = []
        save = self._save_profile if formset.model is InstructorProfile else self._save_accommodation
        for one in formset.forms:
            if one.has_changed():
                save(request.user, form.instance.pk, one)

    def _save_profile(self, by: User, owner: Any, one: Any) -> None:
        values = {name: one.cleaned_data[name] for name in one.changed_data}
        profile = InstructorProfile.objects.select_related("user").get(user=owner)
        services.update_instructor_profile(profile=profile, by=by, **values)

    def _save_accommodation(self, by: User, owner: Any, one: Any) -> None:
        person = User.objects.get(pk=owner)
        if one.cleaned_data.get("DELETE"):
            services.clear_accommodation(user=person, by=by)
        else:
            values = {name: one.cleaned_data[name] for name in ("time_factor", "extra_attempts", "note")}
            services.set_accommodation(user=person, by=by, **values)

    # --- Actions

    @admin.action(description=_("Activate"))
    def activate(self, request: AuthenticatedRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, services.activate)

    @admin.action(description=_("Deactivate"))
    def deactivate(self, request: AuthenticatedRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        question = _(
            "They are logged out everywhere and cannot log in any more. Their data and courses stay."
        )
        return self._ask(request, queryset, "deactivate", services.deactivate, question)

    @admin.action(description=_("Change role"))
    def change_role(self, request: AuthenticatedRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        form = RoleForm(request.POST if "apply" in request.POST else None)
        question = _("Which role should they have? It holds at once.")
        return self._ask(request, queryset, "change_role", services.set_role, question, form)

    @admin.action(description=_("Send a link to choose a password"))
    def send_password_link(self, request: AuthenticatedRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, services.send_password_link)

    @admin.action(description=_("Send the confirmation of the e-mail again"))
    def resend_verification(self, request: AuthenticatedRequest, queryset: QuerySet[User]) -> None:
        self.do_each(request, queryset, lambda user: services.resend_confirmation(user=user))

    @admin.action(description=_("Remove second factors"))
    def remove_factors(self, request: AuthenticatedRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        question = _(
            "They log in with the password alone until they add a factor again. Are you sure who asked?"
        )
        return self._ask(request, queryset, "remove_factors", services.reset_mfa, question)

    @admin.action(description=_("Log out everywhere"))
    def sign_out(self, request: AuthenticatedRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        question = _("Every login of theirs ends, on every device.")
        return self._ask(request, queryset, "sign_out", services.sign_out, question)

    @admin.action(description=_("Erase personal data for good"))
    def anonymise(self, request: AuthenticatedRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        question = _(
            "Name, e-mail, picture, texts and logins are erased, their certificates withdrawn. There is no way back."
        )
        return self._ask(request, queryset, "anonymise", services.anonymise_user, question)

    def _ask(
        self,
        request: AuthenticatedRequest,
        queryset: QuerySet[User],
        action: str,
        verb: Verb,
        question: Any,
        form: forms.Form | None = None,
    ) -> HttpResponse | None:
        """Ask once, naming everybody; then call the verb with what the form says."""
        if "apply" in request.POST and (form is None or form.is_valid()):
            self._each(request, queryset, partial(verb, **(form.cleaned_data if form else {})))
            return None
        title = self.get_actions(request)[action][2]
        context = {**self.admin_site.each_context(request), "rows": queryset, "action": action, "form": form,
                   "question": question, "title": title, "opts": self.opts}  # fmt: skip
        return render(request, "admin/accounts/ask.html", context)

    def _each(self, request: AuthenticatedRequest, queryset: QuerySet[User], verb: Verb) -> None:
        """Call the verb for each person; who is refused is named with the reason."""
        self.do_each(request, queryset, lambda user: verb(user=user, by=request.user))

    # --- Import and export

    def process_import(self, request: AuthenticatedRequest, **kwargs: Any) -> HttpResponse:
        """Import what was looked at; a file that is gone is uploaded anew."""
        try:
            response: HttpResponse = super().process_import(request, **kwargs)
        except FileNotFoundError:
            messages.error(
                request, _("The file is gone: it was imported already, or waited too long. Upload it again.")
            )
            return redirect("admin:accounts_user_import")
        return response

    def get_import_resource_classes(self, request: HttpRequest) -> list[type]:
        return [PeopleImport]

    def get_export_resource_classes(self, request: HttpRequest) -> list[type]:
        return [PeopleExport]

    def get_confirm_form_initial(self, request: HttpRequest, import_form: Any) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_confirm_form_initial(request, import_form)
        if import_form:
            initial["send_invitations"] = import_form.cleaned_data["send_invitations"]
        return initial

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None)
        return {**kwargs, "invite": bool(form and form.cleaned_data.get("send_invitations"))}

    def get_valid_export_item_pks(self, request: AuthenticatedRequest) -> list[Any]:
        return list(self.get_queryset(request).values_list("pk", flat=True))
