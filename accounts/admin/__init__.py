"""People, audit trail and mails in the admin, for admins alone: instructors see no menu of these."""

from django.contrib import admin

from accounts.admin import people, trail

__all__ = ["people", "trail"]

# What other packages put into the admin by themselves: keys of mails and sessions, secrets of factors and providers,
# groups that we do not have.
FOREIGN = {"account", "auth", "mfa", "socialaccount", "usersessions"}
for model in list(admin.site._registry):
    if model._meta.app_label in FOREIGN:
        admin.site.unregister(model)
