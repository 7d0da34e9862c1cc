"""People, audit and mails in the admin: for admins alone."""

import pytest
from django.contrib import admin
from django.test import Client

from accounts import services
from accounts.models import AuditEntry, InstructorProfile, OutgoingMail, User
from accounts.models.audit import record
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
USERS = "/admin/accounts/user/"
LISTS = [USERS, "/admin/accounts/auditentry/", "/admin/accounts/outgoingmail/"]


def act(client, action, *people):
    return client.post(
        USERS, {"action": action, "_selected_action": [str(p.pk) for p in people]}, follow=True
    ).content.decode()


@pytest.mark.parametrize("path", LISTS)
def test_lists_open_for_admins_alone(login, admin_user, instructor, student, path):
    record(by=admin_user, action="user.updated", target=student)
    services.queue_mail(user=student, kind=OutgoingMail.Kind.WELCOME)
    assert login(admin_user).get(path).status_code == 200
    assert login(instructor).get(path).status_code == 403
    assert login(student).get(path).status_code == 302
    assert Client().get(path).status_code == 302


def test_instructors_see_no_menu_of_these(login, instructor):
    page = login(instructor).get("/admin/").content.decode()
    assert "/admin/accounts/" not in page and "/admin/auth/" not in page and "/admin/account/" not in page


def test_secrets_of_other_packages_are_not_registered():
    labels = {model._meta.label_lower for model in admin.site._registry}
    assert not labels & {
        "account.emailaddress",
        "account.emailconfirmation",
        "usersessions.usersession",
        "auth.group",
        "sessions.session",
    }


def test_list_costs_the_same_for_any_number(login, admin_user, max_queries):
    client = login(admin_user)
    UserFactory.create_batch(3)
    client.get(USERS)
    UserFactory.create_batch(50)
    with max_queries(8):
        assert client.get(USERS).status_code == 200


@pytest.mark.parametrize(
    "query", ["q=salma", "role__exact=student", "email_verified=no", "is_active__exact=1"]
)
def test_search_and_filters(login, admin_user, student, query):
    page = login(admin_user).get(f"{USERS}?{query}").content.decode()
    assert student.email in page


def test_actions_call_the_verbs(login, admin_user, student, classmate):
    client = login(admin_user)
    act(client, "make_instructor", student)
    act(client, "deactivate", student, classmate)
    student.refresh_from_db()
    classmate.refresh_from_db()
    assert (student.role, student.is_active, classmate.is_active) == ("instructor", False, False)
    assert InstructorProfile.objects.filter(user=student).exists()
    act(client, "activate", student)
    act(client, "make_student", student)
    student.refresh_from_db()
    assert (student.role, student.is_active) == ("student", True)
    assert AuditEntry.objects.filter(actor=admin_user).count() == 5


@pytest.mark.parametrize("action", ["deactivate", "make_student"])
def test_refusals_are_said(login, admin_user, student, action):
    page = act(login(admin_user), action, admin_user)
    assert "You cannot" in page
    admin_user.refresh_from_db()
    assert admin_user.is_admin


def test_form_cannot_set_role_state_or_password(login, admin_user, student):
    form = {
        "full_name": " Salma  H ",
        "email": "New@example.com",
        "bio": "",
        "phone": "",
        "locale": "ar",
        "time_zone": "UTC",
        "role": "admin",
        "is_active": "",
        "password": "x",
        "is_superuser": "1",
        "instructor_profile-TOTAL_FORMS": 0,
        "instructor_profile-INITIAL_FORMS": 0,
    }
    before = student.password
    answer = login(admin_user).post(f"{USERS}{student.pk}/change/", form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    student.refresh_from_db()
    assert (student.full_name, student.email, student.locale) == ("Salma H", "new@example.com", "ar")
    assert (student.role, student.is_active, student.password) == ("student", True, before)
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"user.updated", "user.email_changed"}


def test_form_says_why(login, admin_user, student, classmate):
    form = {
        "full_name": "www.evil.example",
        "email": classmate.email.upper(),
        "bio": "",
        "phone": "",
        "locale": "ar",
        "time_zone": "Nowhere",
        "instructor_profile-TOTAL_FORMS": 0,
        "instructor_profile-INITIAL_FORMS": 0,
    }
    answer = login(admin_user).post(f"{USERS}{student.pk}/change/", form)
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors.as_data()
    assert {"full_name", "time_zone"} <= set(errors)
    student.refresh_from_db()
    assert student.full_name == "Salma Haddad" and not AuditEntry.objects.exists()


def test_adding_invites(login, admin_user):
    form = {
        "full_name": "New Teacher",
        "email": "new@example.com",
        "role": "instructor",
        "locale": "en",
        "time_zone": "UTC",
    }
    assert login(admin_user).post(f"{USERS}add/", form).status_code == 302
    user = User.objects.get(email="new@example.com")
    assert not user.has_usable_password()
    assert user.instructor_profile
    assert OutgoingMail.objects.get().kind == "invitation"


def test_public_profile_is_edited_in_place(login, admin_user, instructor):
    profile = services.ensure_instructor_profile(user=instructor)
    form = {
        "full_name": instructor.full_name,
        "email": instructor.email,
        "bio": "",
        "phone": "",
        "locale": "en",
        "time_zone": "UTC",
        "instructor_profile-TOTAL_FORMS": 1,
        "instructor_profile-INITIAL_FORMS": 1,
        "instructor_profile-0-id": str(profile.pk),
        "instructor_profile-0-user": str(instructor.pk),
        "instructor_profile-0-headline": "I teach",
        "instructor_profile-0-specialization": "",
        "instructor_profile-0-website_url": "",
        "instructor_profile-0-linkedin_url": "",
    }
    client = login(admin_user)
    assert client.post(f"{USERS}{instructor.pk}/change/", form).status_code == 302
    profile.refresh_from_db()
    assert profile.headline == "I teach"
    assert AuditEntry.objects.get().action == "instructor_profile.updated"


def test_people_are_not_deleted_and_the_trail_stays_as_it_is(login, admin_user, student):
    entry = record(by=admin_user, action="user.updated", target=student, data={"bio": ["", "x"]})
    client = login(admin_user)
    assert client.post(f"{USERS}{student.pk}/delete/", {"post": "yes"}).status_code == 403
    url = f"/admin/accounts/auditentry/{entry.pk}/"
    assert client.get(f"{url}change/").status_code == 200
    assert client.post(f"{url}change/", {"action": "x"}).status_code == 403
    assert client.post(f"{url}delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/accounts/auditentry/add/").status_code == 403
    with pytest.raises(TypeError):
        entry.delete()
    entry.action = "x"
    with pytest.raises(TypeError):
        entry.save()
    assert AuditEntry.objects.get().action == "user.updated"


def test_autocomplete_over_people_answers_admins_alone(login, admin_user, instructor):
    url = "/admin/autocomplete/?app_label=accounts&model_name=auditentry&field_name=actor&term=a"
    assert login(instructor).get(url).status_code == 403


def test_audit_rows_know_where_from(api, admin_user, student):
    client = api(admin_user)
    client.patch(f"/api/v1/users/{student.pk}", {"bio": "x"}, headers={"X-Request-ID": "trace-1"})
    entry = AuditEntry.objects.get()
    assert (entry.ip, entry.request_id, entry.actor_label, entry.target_label) == (
        "127.0.0.1",
        "trace-1",
        "Amal Farouk",
        "Salma Haddad",
    )


def test_admin_has_no_password_page_of_its_own(login, admin_user):
    client = login(admin_user)
    assert client.get("/admin/password_change/")["Location"] == "/accounts/password/change/"
    before = admin_user.password
    client.post("/admin/password_change/", {"old_password": "x", "new_password1": "y", "new_password2": "y"})
    admin_user.refresh_from_db()
    assert admin_user.password == before
