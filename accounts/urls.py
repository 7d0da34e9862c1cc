from django.urls import path

from accounts.views import privacy, security, settings
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
    path("settings/email/", private(settings.change_email), name="change_email"),
    path("settings/privacy/", private(privacy.privacy), name="privacy"),
    path("settings/privacy/export/", private(privacy.download_my_data), name="download_my_data"),
    path("settings/privacy/close/", private(privacy.close_account), name="close_account"),
    path("avatars/<uuid:pk>", settings.avatar, name="avatar"),
    path("settings/confirm-email/", private(settings.resend_confirmation), name="resend_confirmation"),
]
