from django.urls import path

from accounts.views import security, settings
from accounts.views.door import private

app_name = "accounts"
urlpatterns = [
    path("settings/", private(settings.settings), name="settings"),
    path("settings/teaching/", private(settings.instructor_profile), name="instructor_profile"),
    path("settings/picture/", private(settings.change_avatar), name="change_avatar"),
    path("settings/picture/remove/", private(settings.remove_avatar), name="remove_avatar"),
    path("settings/security/", private(security.security), name="security"),
    path(
        "settings/security/sessions/end-others/",
        private(security.end_other_sessions),
        name="end_other_sessions",
    ),
    path("settings/security/sessions/<uuid:pk>/end/", private(security.end_session), name="end_session"),
    path("avatars/<uuid:pk>", settings.avatar, name="avatar"),
    path("settings/confirm-email/", private(settings.resend_confirmation), name="resend_confirmation"),
]
