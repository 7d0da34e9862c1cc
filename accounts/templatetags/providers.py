"""The providers that people may sign in with, for the pages that offer them."""

from django import template
from django.conf import settings

from lms.lib.oidc import OidcProvider

register = template.Library()


@register.simple_tag
def sign_in_providers() -> list[OidcProvider]:
    """Return the providers of OIDC_PROVIDERS, in their order."""
    return list(settings.OIDC_PROVIDERS)
