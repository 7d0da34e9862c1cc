"""Accounts for tests."""

import factory
from allauth.account.models import EmailAddress

from accounts.models import User

PASSWORD = "Lantern-42-lit"


class UserFactory(factory.django.DjangoModelFactory):
    """A student unless told otherwise; everybody's password is PASSWORD."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    full_name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.django.Password(PASSWORD)


def prove(user):
    """Mark the person's e-mail as confirmed."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return user
