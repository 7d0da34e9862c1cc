"""People, audit and mails in the admin: for admins alone."""

import re
from decimal import Decimal

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import services
from accounts.models import AuditEntry, InstructorProfile, OutgoingMail, User
from accounts.models.audit import record
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
USERS = "/admin/accounts/user/"
LISTS = [USERS, "/admin/accounts/auditentry/", "/admin/accounts/outgoingmail/"]


def act(client, action, *people, **more):
    """Choose an action for people; with `apply="1"`, past its question."""
    chosen = {"action": action, "_selected_action": [str(p.pk) for p in people]}
    return client.post(USERS, {**chosen, **more}, follow=True).content.decode()


def inlines(**values):
    """Return what the inlines of the change form send when nothing is in them, but for `values`."""
    sent = {}
    for prefix in ("instructor_profile", "accommodation", "login_sessions"):
        sent |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return sent | values


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
    foreign = {"account", "auth", "mfa", "sessions", "socialaccount", "usersessions"}
    assert not [label for label in labels if label.split(".")[0] in foreign]


def test_list_costs_the_same_for_any_number(login, admin_user, max_queries):
    client = login(admin_user)
    UserFactory.create_batch(3)
    client.get(USERS)
    UserFactory.create_batch(50)
    with max_queries(8):
        assert client.get(USERS).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["q=salma", "role__exact=student", "email_verified=no", "is_active__exact=1", "mfa=no", "erasure=x"],
)
def test_search_and_filters(login, admin_user, student, query):
    page = login(admin_user).get(f"{USERS}?{query}").content.decode()
    assert student.email in page


def test_actions_call_the_verbs(login, admin_user, student, classmate):
    client = login(admin_user)
    act(client, "change_role", student, apply="1", role="instructor")
    act(client, "deactivate", student, classmate, apply="1")
    student.refresh_from_db()
    classmate.refresh_from_db()
    assert (student.role, student.is_active, classmate.is_active) == ("instructor", False, False)
    assert InstructorProfile.objects.filter(user=student).exists()
    act(client, "activate", student)
    act(client, "change_role", student, apply="1", role="student")
    student.refresh_from_db()
    assert (student.role, student.is_active) == ("student", True)
    assert AuditEntry.objects.filter(actor=admin_user).count() == 5


@pytest.mark.parametrize("action", ["deactivate", "change_role", "remove_factors", "sign_out", "anonymise"])
def test_what_hurts_asks_first(login, admin_user, student, action):
    before = User.objects.values().get(pk=student.pk)
    page = act(login(admin_user), action, student)
    assert student.email in page and 'name="apply"' in page
    assert User.objects.values().get(pk=student.pk) == before and not AuditEntry.objects.exists()


def test_more_actions(login, admin_user, student, log_in):
    client = login(admin_user)
    log_in(student)
    services.prove_email(user=student)
    student.emailaddress_set.update(verified=False)
    act(client, "send_password_link", student)
    act(client, "resend_verification", student)
    act(client, "sign_out", student, apply="1")
    assert student.login_sessions.get().revoked_reason == "by_admin"
    kinds = set(OutgoingMail.objects.values_list("kind", flat=True))
    assert kinds == {"password_reset", "verify", "signed_out"}
    act(client, "anonymise", student, apply="1")
    student.refresh_from_db()
    assert student.erased_at and student.full_name == ""
    page = client.get(f"{USERS}{student.pk}/change/").content.decode()
    assert 'name="_save"' not in page  # nothing left to change
    assert "account" in act(client, "activate", student)
    student.refresh_from_db()
    assert not student.is_active


@pytest.mark.parametrize("action, more", [("deactivate", {}), ("change_role", {"role": "student"})])
def test_refusals_are_said(login, admin_user, student, action, more):
    page = act(login(admin_user), action, admin_user, apply="1", **more)
    assert "You cannot" in page
    admin_user.refresh_from_db()
    assert admin_user.is_admin


def test_accommodation_is_edited_in_place(login, admin_user, student):
    client, url = login(admin_user), f"{USERS}{student.pk}/change/"
    profile = {"full_name": student.full_name, "email": student.email, "locale": "en", "time_zone": "UTC"}
    sent = {"time_factor": "1.50", "extra_attempts": "1", "note": "Letter of March."}
    filled = {f"accommodation-0-{name}": value for name, value in sent.items()}
    form = {**profile, **inlines(**{"accommodation-TOTAL_FORMS": 1}), **filled}
    assert client.post(url, form).status_code == 302
    row = services.accommodation_of(student)
    assert (float(row.time_factor), row.extra_attempts, row.note, row.set_by) == (
        1.5,
        1,
        "Letter of March.",
        admin_user,
    )
    kept = {
        "accommodation-TOTAL_FORMS": 1,
        "accommodation-INITIAL_FORMS": 1,
        "accommodation-0-id": str(row.pk),
    }
    form = {**profile, **inlines(**kept), **filled, "accommodation-0-DELETE": "on"}
    assert client.post(url, form).status_code == 302
    assert services.accommodation_of(student).extra_attempts == 0
    actions = list(AuditEntry.objects.order_by("at").values_list("action", flat=True))
    assert actions == ["user.accommodation_set", "user.accommodation_cleared"]


def test_two_admins_at_one_accommodation_overwrite_nothing_unseen(login, admin_user, student):
    granted = services.set_accommodation(
        user=student, by=admin_user, time_factor=Decimal("1.5"), extra_attempts=1
    )
    client, url = login(admin_user), f"{USERS}{student.pk}/change/"
    profile = {"full_name": student.full_name, "email": student.email, "locale": "en", "time_zone": "UTC"}

    def seen(page):
        return re.search(r'name="accommodation-0-seen" value="(\w+)"', page.text)[1]

    def save(note, seen):
        kept = {"id": granted.pk, "time_factor": "1.50", "extra_attempts": "1", "note": note, "seen": seen}
        rows = {"accommodation-TOTAL_FORMS": 1, "accommodation-INITIAL_FORMS": 1}
        rows |= {f"accommodation-0-{name}": value for name, value in kept.items()}
        return client.post(url, {**profile, **inlines(**rows)})

    opened = seen(client.get(url))
    assert save("Theirs", opened).status_code == 302
    refused = save("Mine", opened)
    assert refused.status_code == 200
    for said in ("This was saved elsewhere in the meantime.", "Now stands here: Theirs", "Mine"):
        assert said in refused.text
    assert services.accommodation_of(student).note == "Theirs"
    assert save("Mine", seen(refused)).status_code == 302  # now it is a decision
    assert services.accommodation_of(student).note == "Mine"


def csv(text):
    return SimpleUploadedFile("people.csv", text.encode("utf-8-sig"), content_type="text/csv")


def upload(client, text, **more):
    return client.post(f"{USERS}import/", {"import_file": csv(text), "format": 0, "resource": 0, **more})


def confirm(client, answer):
    return client.post(f"{USERS}process_import/", answer.context["confirm_form"].initial, follow=True)


ROWS = """email,full_name,role,locale,time_zone
New.One@Example.com,نور الحداد,student,ar,Africa/Cairo
teacher@example.com,New Teacher,instructor,,
student@example.com,Salma H,,ar,
"""


@pytest.mark.parametrize("invite", [False, True])
def test_import_looks_first_then_makes_and_updates(login, admin_user, student, invite):
    client = login(admin_user)
    answer = upload(client, ROWS, **({"send_invitations": "on"} if invite else {}))
    assert not answer.context["result"].has_validation_errors(), answer.content.decode()
    assert User.objects.count() == 2 and not OutgoingMail.objects.exists() and not AuditEntry.objects.exists()
    confirm(client, answer)
    assert "The file is gone" in confirm(client, answer).content.decode()  # a second click
    made = User.objects.get(email="new.one@example.com")
    assert (made.full_name, made.role, made.locale, made.time_zone) == (
        "نور الحداد",
        "student",
        "ar",
        "Africa/Cairo",
    )
    assert not made.has_usable_password()
    assert User.objects.get(email="teacher@example.com").instructor_profile
    student.refresh_from_db()
    assert (student.full_name, student.role, student.locale) == ("Salma H", "student", "ar")
    assert OutgoingMail.objects.filter(kind="invitation").count() == (2 if invite else 0)
    assert AuditEntry.objects.filter(actor=admin_user).count() == 3


@pytest.mark.parametrize(
    "row, sentence",
    [
        ("x@example.com,www.evil.example,student,en,UTC", "web address"),
        ("x@example.com,Boss,admin,en,UTC", "student or instructor"),
        ("not an address,Somebody,student,en,UTC", "valid email"),
        ("x@example.com,Somebody,student,xx,UTC", "xx"),
        ("x@example.com,Somebody,student,en,Nowhere", "time zone"),
        ("x@example.com,,student,en,UTC", "blank"),
        ("admin@example.com,Amal Farouk,student,en,UTC", "This is an admin"),
    ],
)
def test_import_reports_each_bad_row_and_changes_nothing(login, admin_user, row, sentence):
    client = login(admin_user)
    before = list(User.objects.values())
    text = f"email,full_name,role,locale,time_zone\nfine@example.com,Fine Person,student,en,UTC\n{row}\n"
    answer = upload(client, text)
    assert answer.status_code == 200
    result = answer.context["result"]
    assert [bad.number for bad in result.invalid_rows] == [2] and sentence in str(
        result.invalid_rows[0].error
    )
    assert "confirm_form" not in answer.context
    assert list(User.objects.values()) == before


def test_import_takes_no_passwords(login, admin_user):
    answer = upload(login(admin_user), "email,full_name,password\nx@example.com,Somebody,Lantern-42-lit\n")
    assert answer.context["result"].has_errors() and "The columns are" in answer.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize("path", ["import/", "process_import/", "export/"])
def test_import_and_export_are_for_admins_alone(login, instructor, path):
    assert login(instructor).post(f"{USERS}{path}").status_code == 403


def test_export_runs_nowhere(login, admin_user, student):
    User.objects.filter(pk=student.pk).update(full_name="=HYPERLINK(1)", email="＋plus@example.com")
    client = login(admin_user)
    assert client.post(f"{USERS}export/", {"format": 1}).content.startswith(b"PK")  # XLSX
    text = client.post(f"{USERS}export/", {"format": 0}).content.decode("utf-8-sig")
    assert "'=HYPERLINK(1),'＋plus@example.com,0," in text
    assert "admin@example.com" in text and admin_user.password not in text
    chosen = act(client, "export_admin_action", student)
    assert "export_items" in chosen


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
        **inlines(),
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
        **inlines(),
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
        **inlines(),
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
