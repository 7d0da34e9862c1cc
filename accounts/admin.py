"""People, audit trail and mails, for admins alone: instructors see no menu of these."""

from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, StackedInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from accounts import services
from accounts.forms import time_zone_choices
from accounts.models import AuditEntry, InstructorProfile, OutgoingMail, User
from accounts.models.users import default_time_zone
from lms.lib.errors import DomainError
from lms.lib.requests import AuthenticatedRequest
from lms.lib.text import clean_name

# What other packages put into the admin by themselves: keys of mails and sessions, secrets, groups that we do not have.
_FOREIGN = (
    EmailAddress,
    EmailConfirmation,
    Authenticator,
    SocialAccount,
    SocialApp,
    SocialToken,
    UserSession,
    Group,
)
for model in _FOREIGN:
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class ReadOnlyMixin:
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


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


class EmailProofFilter(admin.SimpleListFilter):
    """Whether the e-mail was proven."""

    title = _("e-mail confirmed")
    parameter_name = "email_verified"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() in ("yes", "no"):
            return queryset.filter(Q(email_verified=self.value() == "yes"))
        return queryset


class InstructorProfileInline(StackedInline):
    """The public profile; it comes with the role."""

    model = InstructorProfile
    fk_name = "user"
    fields = ["slug", "headline", "specialization", "website_url", "linkedin_url"]
    readonly_fields = ["slug"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(ModelAdmin):
    """Accounts. Role and state change by actions, passwords by their owners alone."""

    form = UserForm
    list_display = ["full_name", "email", "proven", "shown_role", "is_active", "last_login", "created_at"]
    list_filter = ["role", "is_active", EmailProofFilter, "created_at"]
    search_fields = ["full_name", "email"]
    ordering = ["-created_at"]
    date_hierarchy = "created_at"
    actions = ["activate", "deactivate", "make_student", "make_instructor", "make_admin"]
    inlines = [InstructorProfileInline]

    def get_queryset(self, request: AuthenticatedRequest) -> QuerySet[User]:
        return User.objects.visible_to(request.user).with_email_verified()

    def get_fields(self, request: AuthenticatedRequest, obj: User | None = None) -> list[str]:
        if obj is None:
            return ["full_name", "email", "role", "locale", "time_zone"]
        people = ["full_name", "email", "bio", "phone", "locale", "time_zone"]
        return [*people, "role", "is_active", "proven", "last_login", "created_at", "updated_at"]

    def get_readonly_fields(self, request: AuthenticatedRequest, obj: User | None = None) -> list[str]:
        return (
            [] if obj is None else ["role", "is_active", "proven", "last_login", "created_at", "updated_at"]
        )

    def get_inlines(self, request: AuthenticatedRequest, obj: User | None) -> list[Any]:
        return [] if obj is None else self.inlines

    @admin.display(description=_("e-mail confirmed"), boolean=True)
    def proven(self, user: User) -> bool:
        return user.email_verified

    @display(description=_("role"), label={"instructor": "info", "admin": "warning"})
    def shown_role(self, user: User) -> tuple[str, str]:
        return user.role, user.get_role_display()

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
        """The public profile, through its verb."""
        formset.new_objects = formset.changed_objects = formset.deleted_objects = []
        for one in formset.forms:
            if one.has_changed():
                values = {name: one.cleaned_data[name] for name in one.changed_data}
                profile = InstructorProfile.objects.get(pk=one.instance.pk)
                services.update_instructor_profile(profile=profile, by=request.user, **values)

    def has_delete_permission(self, request: AuthenticatedRequest, obj: Model | None = None) -> bool:
        return False

    @admin.action(description=_("Activate"))
    def activate(self, request: AuthenticatedRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, lambda user: services.activate(user=user, by=request.user))

    @admin.action(description=_("Deactivate"))
    def deactivate(self, request: AuthenticatedRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, lambda user: services.deactivate(user=user, by=request.user))

    @admin.action(description=_("Make student"))
    def make_student(self, request: AuthenticatedRequest, queryset: QuerySet[User]) -> None:
        self._give(request, queryset, User.Role.STUDENT)

    @admin.action(description=_("Make instructor"))
    def make_instructor(self, request: AuthenticatedRequest, queryset: QuerySet[User]) -> None:
        self._give(request, queryset, User.Role.INSTRUCTOR)

    @admin.action(description=_("Make admin"))
    def make_admin(self, request: AuthenticatedRequest, queryset: QuerySet[User]) -> None:
        self._give(request, queryset, User.Role.ADMIN)

    def _give(self, request: AuthenticatedRequest, queryset: QuerySet[User], role: str) -> None:
        self._each(request, queryset, lambda user: services.set_role(user=user, role=role, by=request.user))

    def _each(
        self, request: AuthenticatedRequest, queryset: QuerySet[User], verb: Callable[[User], object]
    ) -> None:
        """Call the verb for each person; who is refused is named with the reason."""
        done = 0
        for user in queryset:
            try:
                verb(user)
            except DomainError as error:
                messages.error(request, f"{user.full_name}: {error}")
            else:
                done += 1
        if done:
            text = ngettext("Done for %(count)d person.", "Done for %(count)d people.", done)
            messages.success(request, text % {"count": done})


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyMixin, ModelAdmin):
    """What staff did."""

    list_display = ["at", "actor_label", "action", "target_label", "ip"]
    list_filter = ["action", "at", ("actor", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["actor_label", "target_label", "target_id", "request_id"]
    date_hierarchy = "at"
    fields = [
        "at",
        "actor",
        "actor_label",
        "action",
        "target_type",
        "target_id",
        "target_label",
        "data",
        "ip",
        "request_id",
    ]


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyMixin, ModelAdmin):
    """Mails about accounts: which wait, which went, which failed."""

    list_display = ["created_at", "kind", "user", "state", "tries", "sent_at"]
    list_filter = ["state", "kind", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__full_name"]
    date_hierarchy = "created_at"
