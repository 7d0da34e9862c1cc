"""What people say about themselves, and what the public sees of those who teach."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import services
from accounts.forms import AvatarForm, EmailChangeForm, InstructorProfileForm, ProfileForm
from accounts.models import InstructorProfile
from accounts.permissions import get_avatar_owner_for, get_own_instructor_profile
from accounts.services.email_proof import pending_email
from lms.lib.errors import DomainError
from lms.lib.requests import AuthenticatedRequest


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: AuthenticatedRequest) -> HttpResponse:
    """Show both forms; save the profile."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_profile(user=request.user, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:settings")
    return _show(request, profile_form=form)


@require_POST
def instructor_profile(request: AuthenticatedRequest) -> HttpResponse:
    """Save the public profile of a teacher."""
    profile = get_own_instructor_profile(request.user)
    form = InstructorProfileForm(request.POST, instance=profile)
    if form.is_valid():
        try:
            services.update_instructor_profile(profile=profile, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:settings")
    return _show(request, instructor_form=form)


@require_POST
def change_avatar(request: AuthenticatedRequest) -> HttpResponse:
    """Save a new picture."""
    form = AvatarForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            services.set_avatar(user=request.user, file=file, size=file.size)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:settings")
    return _show(request, avatar_form=form)


@require_POST
def remove_avatar(request: AuthenticatedRequest) -> HttpResponse:
    """Take the picture away."""
    services.remove_avatar(user=request.user)
    messages.success(request, _("Your picture is removed."))
    return redirect("accounts:settings")


@require_safe
@login_not_required
def avatar(request: HttpRequest, pk: UUID) -> FileResponse:
    """Serve a picture to those who may see it; its address changes with it, so it may be kept."""
    person = get_avatar_owner_for(request.user, pk)
    response = FileResponse(person.avatar.open(), content_type="image/webp")
    response["Cache-Control"] = "private, max-age=86400"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def change_email(request: AuthenticatedRequest) -> HttpResponse:
    """Ask for another e-mail; it becomes the login when the link in the mail to it is opened."""
    form = EmailChangeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            is_changed = services.request_email_change(user=request.user, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            sentence = (
                _("Your e-mail is changed.") if is_changed else _("Open the link that we sent to %(email)s.")
            )
            messages.success(request, sentence % {"email": form.cleaned_data["new_email"]})
            return redirect("accounts:settings")
    return render(
        request, "accounts/change_email.html", {"form": form, "pending": pending_email(request.user)}
    )


def _show(
    request: AuthenticatedRequest,
    *,
    profile_form: ProfileForm | None = None,
    avatar_form: AvatarForm | None = None,
    instructor_form: InstructorProfileForm | None = None,
) -> HttpResponse:
    if instructor_form is None:
        profile = InstructorProfile.objects.filter(user=request.user).first()
        instructor_form = InstructorProfileForm(instance=profile) if profile else None
    context = {
        "profile_form": profile_form or ProfileForm(instance=request.user),
        "avatar_form": avatar_form or AvatarForm(),
        "instructor_form": instructor_form,
        "accommodation": services.accommodation_of(request.user),
    }
    return render(request, "accounts/settings.html", context)


@require_POST
def resend_confirmation(request: AuthenticatedRequest) -> HttpResponse:
    """Send the confirmation link once more."""
    try:
        services.resend_confirmation(user=request.user)
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        sentence = _("We have sent a new link to %(email)s.")
        messages.success(request, sentence % {"email": request.user.email})
    return redirect("accounts:settings")
