"""One's own account, and what admins do to others."""

import pytest

from accounts import services
from accounts.exceptions import LastAdmin, OwnAccount, OwnRole
from accounts.models import AuditEntry, InstructorProfile, LoginSession, OutgoingMail, User
from accounts.tests.factories import PASSWORD, UserFactory, prove
from lms.lib.errors import DomainError

pytestmark = pytest.mark.django_db
ME = "/api/v1/users/me"
USERS = "/api/v1/users"


def codes(answer):
    return {(e["field"], e["code"]) for e in answer.json().get("errors", [])}


def test_me_costs_three_queries(log_in, student, max_queries):
    client = log_in(student)
    with max_queries(3):
        body = client.get(ME).json()
    assert body["email"] == "student@example.com"
    assert "password" not in body


def test_me_changes_the_profile(api, student):
    change = {
        "full_name": " Salma   H ",
        "bio": "a\r\nb",
        "phone": "+20 (10) 1",
        "locale": "ar",
        "time_zone": "Africa/Cairo",
    }
    body = api(student).patch(ME, change).json()
    assert (body["full_name"], body["bio"], body["phone"], body["locale"], body["time_zone"]) == (
        "Salma H",
        "a\nb",
        "+20 (10) 1",
        "ar",
        "Africa/Cairo",
    )
    assert not AuditEntry.objects.exists()  # one's own profile is nobody else's business


READ_ONLY = [
    "id",
    "email",
    "email_verified",
    "role",
    "is_active",
    "last_login",
    "created_at",
    "updated_at",
    "is_staff",
    "password",
]


@pytest.mark.parametrize("name", READ_ONLY)
def test_me_refuses_what_is_not_ones_own_to_change(api, student, name):
    before = User.objects.values().get(pk=student.pk)
    answer = api(student).patch(ME, {name: "x", "full_name": "Changed"})
    assert answer.status_code == 422
    assert codes(answer) == {(name, "unknown_field")}
    assert User.objects.values().get(pk=student.pk) == before


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"phone": "call me"}, ("phone", "invalid_phone")),
        ({"phone": "1\n2"}, ("phone", "invalid_phone")),
        ({"bio": "x\u202ey"}, ("bio", "invalid_characters")),
        ({"bio": "x" * 1001}, ("bio", "max_length")),
        ({"full_name": "www.evil.example"}, ("full_name", "invalid_name")),
        ({"full_name": ""}, ("full_name", "blank")),
        ({"locale": "xx"}, ("locale", "invalid_choice")),
        ({"time_zone": "Nowhere"}, ("time_zone", "invalid_time_zone")),
    ],
)
def test_me_names_what_is_wrong(api, student, change, expected):
    before = User.objects.values().get(pk=student.pk)
    answer = api(student).patch(ME, change)
    assert answer.status_code == 422
    assert codes(answer) == {expected}
    assert User.objects.values().get(pk=student.pk) == before


@pytest.mark.parametrize("method", ["put", "post"])
def test_me_knows_three_methods(api, student, method):
    assert getattr(api(student), method)(ME).status_code == 405


@pytest.mark.parametrize(
    "method, path, statuses",
    [
        ("get", USERS, {"visitor": 401, "student": 403, "instructor": 403, "admin": 200}),
        ("post", USERS, {"visitor": 401, "student": 403, "instructor": 403, "admin": 422}),
        ("get", USERS + "/{other}", {"visitor": 401, "student": 404, "instructor": 404, "admin": 200}),
        ("get", USERS + "/{self}", {"student": 200, "instructor": 200, "admin": 200}),
        ("patch", USERS + "/{other}", {"visitor": 401, "student": 404, "instructor": 404, "admin": 200}),
        ("patch", USERS + "/{self}", {"student": 403, "instructor": 403, "admin": 200}),
        ("delete", USERS + "/{other}", {"visitor": 401, "student": 404, "instructor": 404, "admin": 204}),
        ("delete", USERS + "/{self}", {"student": 403, "instructor": 403, "admin": 409}),
        ("post", USERS + "/{other}/role", {"visitor": 401, "student": 404, "instructor": 404, "admin": 422}),
        ("post", USERS + "/{self}/role", {"student": 403, "instructor": 403, "admin": 422}),
        (
            "post",
            USERS + "/{other}/activate",
            {"visitor": 401, "student": 404, "instructor": 404, "admin": 200},
        ),
        (
            "post",
            USERS + "/{other}/deactivate",
            {"visitor": 401, "student": 404, "instructor": 404, "admin": 200},
        ),
        ("post", USERS + "/{self}/deactivate", {"student": 403, "instructor": 403, "admin": 409}),
        (
            "get",
            ME + "/instructor-profile",
            {"visitor": 401, "student": 404, "instructor": 404, "admin": 404},
        ),
    ],
)
def test_who_may(api, student, instructor, admin_user, classmate, method, path, statuses):
    people = {"visitor": None, "student": student, "instructor": instructor, "admin": admin_user}
    before = list(User.objects.order_by("pk").values())
    for role, status in statuses.items():
        person = people[role]
        url = path.replace("{other}", str(classmate.pk)).replace("{self}", str(person.pk if person else ""))
        assert getattr(api(person), method)(url).status_code == status, role
        if status >= 400:
            assert list(User.objects.order_by("pk").values()) == before, role


def test_malformed_and_unknown_ids_are_404(api, admin_user):
    for bad in ("x", "1", "01890000-0000-7000-8000-000000000000"):
        assert api(admin_user).get(f"{USERS}/{bad}").status_code == 404


def test_list_filters_searches_orders(api, admin_user, student, instructor):
    prove(student)
    client = api(admin_user)

    def emails(query):
        answer = client.get(f"{USERS}?{query}")
        assert answer.status_code == 200, answer.content
        return [row["email"] for row in answer.json()["items"]]

    assert emails("role=student") == [student.email]
    assert emails("email_verified=true") == [student.email]
    assert emails("search=masry") == [instructor.email]
    assert emails("search=ST") == [student.email] or student.email in emails("search=student@")
    assert emails("ordering=email") == sorted([admin_user.email, student.email, instructor.email])
    assert emails("created_after=2999-01-01T00:00:00Z") == []
    assert emails("is_active=false") == []


@pytest.mark.parametrize(
    "query", ["password=x", "role=boss", "ordering=password", "a.b=1", "is_active__in=1", "user__email=x"]
)
def test_list_refuses_unknown_filters(api, admin_user, query):
    answer = api(admin_user).get(f"{USERS}?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_filter"


def test_list_costs_three_queries_for_any_number(log_in, admin_user, max_queries):
    client = log_in(admin_user)
    UserFactory.create_batch(50)
    with max_queries(3):
        assert client.get(USERS + "?page_size=100").json()["total"] == 51


def test_admin_makes_and_invites(api, admin_user, sent):
    body = {"email": "new@example.com", "full_name": "New Teacher", "role": "instructor", "locale": "ar"}
    with sent() as mails:
        answer = api(admin_user).post(USERS, body)
    assert answer.status_code == 201
    user = User.objects.get(email="new@example.com")
    assert answer["Location"] == f"{USERS}/{user.pk}"
    assert not user.has_usable_password()
    assert user.instructor_profile.slug == "new-teacher"
    assert mails[0].to == ["new@example.com"] and "/accounts/password/reset/key/" in mails[0].body
    entry = AuditEntry.objects.get(action="user.created")
    assert (entry.actor, entry.target_id, entry.data) == (
        admin_user,
        str(user.pk),
        {"role": [None, "instructor"]},
    )


def test_admin_makes_with_a_password(api, admin_user):
    body = {"email": "new@example.com", "full_name": "New Admin", "role": "admin", "password": PASSWORD}
    assert api(admin_user).post(USERS, body).status_code == 201
    assert User.objects.get(email="new@example.com").check_password(PASSWORD)
    assert not OutgoingMail.objects.exists()


def test_admin_cannot_make_what_is_wrong(api, admin_user, student):
    client = api(admin_user)
    good = {"email": "new@example.com", "full_name": "New Person", "role": "student"}
    assert codes(client.post(USERS, {**good, "email": student.email})) == {("email", "email_taken")}
    assert codes(client.post(USERS, {**good, "password": "weak"})) >= {("password", "password_too_short")}
    assert codes(client.post(USERS, {**good, "is_superuser": True})) == {("is_superuser", "unknown_field")}
    assert User.objects.count() == 2 and not AuditEntry.objects.exists() and not OutgoingMail.objects.exists()


def test_admin_changes_somebody(api, admin_user, student, sent):
    prove(student)
    with sent() as mails:
        body = api(admin_user).patch(f"{USERS}/{student.pk}", {"bio": "x", "email": "New@example.com"}).json()
    assert (body["bio"], body["email"], body["email_verified"]) == ("x", "new@example.com", False)
    assert sorted((m.to[0], m.subject) for m in mails) == [
        ("new@example.com", "Confirm your e-mail"),
        ("student@example.com", "The e-mail of your account was changed"),
    ]
    assert {e.action: e.data for e in AuditEntry.objects.all()} == {
        "user.updated": {"bio": ["", "x"]},
        "user.email_changed": {"email": ["student@example.com", "new@example.com"]},
    }


def test_change_that_is_refused_in_part_changes_nothing(api, admin_user, student, classmate):
    answer = api(admin_user).patch(f"{USERS}/{student.pk}", {"bio": "x", "email": classmate.email})
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    student.refresh_from_db()
    assert (student.bio, student.email) == ("", "student@example.com")
    assert not AuditEntry.objects.exists() and not OutgoingMail.objects.exists()


def test_role_makes_the_profile_and_the_audit_row(api, admin_user, student):
    answer = api(admin_user).post(f"{USERS}/{student.pk}/role", {"role": "instructor"})
    assert answer.json()["role"] == "instructor"
    assert InstructorProfile.objects.get().slug == "salma-haddad"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.data) == ("user.role_changed", {"role": ["student", "instructor"]})
    api(admin_user).post(f"{USERS}/{student.pk}/role", {"role": "instructor"})
    assert AuditEntry.objects.count() == 1
    services.set_role(user=User.objects.get(pk=student.pk), role="student", by=admin_user)
    assert InstructorProfile.objects.exists()  # what was public stays


@pytest.mark.parametrize("role", ["boss", "", None, "ADMIN"])
def test_unknown_roles(api, admin_user, student, role):
    assert api(admin_user).post(f"{USERS}/{student.pk}/role", {"role": role}).status_code == 422
    student.refresh_from_db()
    assert student.role == "student"


def test_nobody_changes_their_own_role_or_state(api, admin_user):
    UserFactory(role="admin")
    client = api(admin_user)
    answer = client.post(f"{USERS}/{admin_user.pk}/role", {"role": "student"})
    assert (answer.status_code, answer.json()["code"]) == (409, "own_role")
    for answer in (
        client.post(f"{USERS}/{admin_user.pk}/deactivate"),
        client.delete(f"{USERS}/{admin_user.pk}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "own_account")
    admin_user.refresh_from_db()
    assert admin_user.is_admin


def test_last_active_admin_stays(admin_user):
    boss = UserFactory(role="admin", is_active=False)
    with pytest.raises(LastAdmin):
        services.set_role(user=admin_user, role="student", by=boss)
    with pytest.raises(LastAdmin):
        services.deactivate(user=admin_user, by=boss)
    with pytest.raises(LastAdmin):
        services.set_role(user=User.objects.get(pk=admin_user.pk), role="instructor", by=None)
    admin_user.refresh_from_db()
    assert admin_user.is_admin
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["role", "deactivate"])
def test_two_admins_against_each_other_leave_one(race, verb):
    one, other = UserFactory(role="admin"), UserFactory(role="admin")

    def against(victim, by):
        if verb == "role":
            return lambda: services.set_role(user=User.objects.get(pk=victim.pk), role="student", by=by)
        return lambda: services.deactivate(user=User.objects.get(pk=victim.pk), by=by)

    results = race(against(one, other), against(other, one))
    assert sum(isinstance(r, LastAdmin) for r in results) == 1
    assert User.objects.active().admins().count() == 1


def test_upper_apps_may_refuse_a_role(admin_user, student, monkeypatch):
    from accounts.services import people

    class OwnsCourses(DomainError):
        code = "owns_courses"

    def check(user, role):
        raise OwnsCourses

    monkeypatch.setattr(people, "_role_rules", [])
    services.register_role_rule(check)
    with pytest.raises(OwnsCourses):
        services.set_role(user=student, role="instructor", by=admin_user)
    student.refresh_from_db()
    assert student.role == "student"


def test_deactivating_ends_logins_and_tells_the_person(api, admin_user, student, log_in, client, sent):
    log_in(student)
    client.post("/accounts/login/", {"login": student.email, "password": PASSWORD})
    with sent() as mails:
        body = api(admin_user).post(f"{USERS}/{student.pk}/deactivate").json()
        api(admin_user).post(f"{USERS}/{student.pk}/deactivate")
    assert body["is_active"] is False
    assert LoginSession.objects.get().revoked_reason == "deactivated"
    assert [m.subject for m in mails] == ["Your account was deactivated"]
    assert client.get("/settings/").status_code == 302
    assert api(admin_user).post(f"{USERS}/{student.pk}/activate").json()["is_active"] is True
    api(admin_user).post(f"{USERS}/{student.pk}/activate")
    assert client.get("/settings/").status_code == 302  # its sessions stay ended
    assert sorted(AuditEntry.objects.values_list("action", flat=True)) == [
        "user.activated",
        "user.deactivated",
    ]


def test_services_refuse_oneself(admin_user):
    UserFactory(role="admin")
    with pytest.raises(OwnRole):
        services.set_role(user=admin_user, role="student", by=admin_user)
    with pytest.raises(OwnAccount):
        services.deactivate(user=admin_user, by=admin_user)


def test_instructor_profile(api, instructor):
    profile = services.ensure_instructor_profile(user=instructor)
    url = ME + "/instructor-profile"
    body = (
        api(instructor)
        .patch(url, {"headline": "I teach", "linkedin_url": "https://www.linkedin.com/in/nour"})
        .json()
    )
    assert (body["headline"], body["slug"], body["is_verified"]) == ("I teach", profile.slug, False)
    for change, code in (
        ({"website_url": "http://nour.example"}, "invalid"),
        ({"website_url": "javascript:alert(1)"}, "invalid"),
        ({"linkedin_url": "https://linkedin.com.evil.example/in/nour"}, "invalid_linkedin_url"),
        ({"slug": "other"}, "unknown_field"),
        ({"headline": "x" * 161}, "max_length"),
    ):
        answer = api(instructor).patch(url, change)
        assert answer.status_code == 422
        assert {c for _, c in codes(answer)} == {code}
    assert api(instructor).get(url).json()["headline"] == "I teach"


@pytest.mark.parametrize("name, slug", [("نور المصري", "نور-المصري"), ("Nour", "nour"), ("🦉🦉", None)])
def test_slugs_of_instructors(name, slug):
    profile = services.ensure_instructor_profile(user=UserFactory(full_name=name))
    assert profile.slug == slug if slug else profile.slug.startswith("instructor-")


@pytest.mark.django_db(transaction=True)
def test_namesakes_at_once_get_different_slugs(race):
    people = [UserFactory(full_name="Same Name") for _ in range(3)]
    results = race(*[lambda p=p: services.ensure_instructor_profile(user=p) for p in [*people, people[0]]])
    assert all(isinstance(r, InstructorProfile) for r in results), results
    assert InstructorProfile.objects.count() == 3


def test_visible_to_and_can_view_agree(student, classmate, instructor, admin_user):
    everybody = [student, classmate, instructor, admin_user]
    for viewer in everybody:
        visible = set(User.objects.visible_to(viewer))
        assert visible == {person for person in everybody if person.can_view(viewer)}
