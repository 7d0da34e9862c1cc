"""The first who proves an e-mail is its owner: whoever signed up with it before may have been a squatter."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from accounts.models import LoginSession, User
from accounts.services.sessions import end_sessions


@transaction.atomic
def forget_earlier_setup(*, user: User) -> None:
    """Take back what was set up before anybody proved the e-mail: sessions, links to providers, second factors,
    pending e-mail changes.

    For the verb that proves it by a reset or a trusted provider, in its transaction; the password is its own
    affair. The link of the sign-up mail is no such proof: it goes to whoever signed up.
    """
    end_sessions(user=user, reason=LoginSession.Reason.PASSWORD_RESET)
    SocialAccount.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
