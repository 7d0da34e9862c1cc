"""The second step of signing in on the pages, one of the stages that allauth leads through."""

from typing import Any

from allauth.mfa.stages import AuthenticateStage
from django.utils.crypto import constant_time_compare

from accounts.services import password_mark


class SecondStepStage(AuthenticateStage):
    """Asks for a second factor, however the first step went; ends when the password changes meanwhile."""

    def handle(self) -> tuple[Any, bool]:
        answer: tuple[Any, bool] = super().handle()
        if answer[0] is not None:
            self.state["password"] = password_mark(self.login.user)
        return answer

    @property
    def is_stale(self) -> bool:
        """Whether the password is another than at the first step, or the account was deactivated since."""
        user = self.login.user
        mark = self.state.get("password", "")
        return not user.is_active or not constant_time_compare(mark, password_mark(user))
