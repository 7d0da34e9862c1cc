"""The pages of allauth that this site has, under allauth's names. What is not listed does not exist."""

from allauth.account import views as allauth_views
from django.urls import path, re_path

from accounts.views import door, factors, providers, second_step
from accounts.views.door import private

urlpatterns = [
    path("login/", private(door.LoginView.as_view()), name="account_login"),
    path("logout/", private(allauth_views.LogoutView.as_view()), name="account_logout"),
    path("signup/", private(door.SignupView.as_view()), name="account_signup"),
    path(
        "confirm-email/",
        private(allauth_views.EmailVerificationSentView.as_view()),
        name="account_email_verification_sent",
    ),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", private(door.confirm_email), name="account_confirm_email"),
    path("password/change/", private(door.PasswordChangeView.as_view()), name="account_change_password"),
    path("password/reset/", private(door.PasswordResetView.as_view()), name="account_reset_password"),
    path(
        "password/reset/done/",
        private(allauth_views.PasswordResetDoneView.as_view()),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        private(door.PasswordResetFromKeyView.as_view()),
        name="account_reset_password_from_key",
    ),
    path("reauthenticate/", private(factors.reauthenticate), name="account_reauthenticate"),
    path("2fa/", private(factors.index), name="mfa_index"),
    path("2fa/authenticate/", private(second_step.SecondStepView.as_view()), name="mfa_authenticate"),
    path("2fa/totp/activate/", private(factors.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", private(factors.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", private(factors.recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        private(factors.new_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("2fa/webauthn/login/", private(second_step.login_with_passkey), name="mfa_login_webauthn"),
    path("2fa/webauthn/add/", private(factors.add_passkey), name="mfa_add_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/edit/", private(factors.rename_passkey), name="mfa_edit_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", private(factors.remove_passkey), name="mfa_remove_webauthn"),
    path("3rdparty/", private(providers.connections), name="socialaccount_connections"),
    path("oidc/<slug:provider_id>/login/", private(providers.leave), name="openid_connect_login"),
    path(
        "oidc/<slug:provider_id>/login/callback/",
        private(providers.come_back),
        name="openid_connect_callback",
    ),
]
