"""Every address of the site. The API's are in lms.api_urls."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from lms import admin_dashboard, health, metrics, views

handler400 = "lms.views.bad_request"
handler403 = "lms.views.forbidden"
handler404 = "lms.views.not_found"
handler500 = "lms.views.server_error"

urlpatterns = [
    path("", views.home, name="home"),
    path("health", health.health, name="health"),
    path("ready", health.ready, name="ready"),
    path("metrics", metrics.metrics, name="metrics"),
    path("i18n/setlang/", views.set_language, name="set_language"),
    path("admin/login/", admin_dashboard.sign_in),
    # One way to change a password: the admin's own page would end no session and count no try.
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.door_urls")),
    path("", include("accounts.urls")),
    path("files/", include("files.urls")),
    path("", include("courses.urls")),
    path("", include("analytics.urls")),
    path("", include("enrollments.urls")),
    path("quizzes/", include("quizzes.urls")),
    path("certificates/", include("certificates.urls")),
    path("", include("certificates.well_known_urls")),
    path("api/v1/", include("lms.api_urls")),
]

admin.site.site_title = admin.site.site_header = settings.SITE_NAME
