"""What verifiers look for at the root of the host."""

from django.urls import path

from certificates import credential_views

urlpatterns = [
    path(".well-known/did.json", credential_views.did, name="did"),
    path(".well-known/jwks.json", credential_views.jwks, name="jwks"),
]
