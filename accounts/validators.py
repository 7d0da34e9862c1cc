"""Rules for passwords, each with its own code; Django's own two (common, similar) stand in the settings."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

MAX_LENGTH = 128  # longer ones are refused before they are hashed


def _is_upper(char: str) -> bool:
    return unicodedata.category(char) in {"Lu", "Lt", "Lo"}  # Lo: scripts without case, such as Arabic


def _is_digit(char: str) -> bool:
    return unicodedata.category(char) == "Nd"  # of any script


def _is_special(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] not in "LMZC" and category != "Nd"  # neither letter, mark, digit nor blank


@dataclass(frozen=True)
class CharacterRule:
    """One kind of character a password must hold; `setting` switches the rule off."""

    setting: str
    code: str
    fits: Callable[[str], bool]
    message: str | Promise
    hint: str | Promise

    @property
    def is_on(self) -> bool:
        return bool(getattr(settings, self.setting))


CHARACTER_RULES = [
    CharacterRule(
        "PASSWORD_REQUIRE_UPPERCASE",
        "password_no_upper",
        _is_upper,
        gettext_lazy("Add a capital letter (or any Arabic letter)."),
        gettext_lazy("a capital letter (or any Arabic letter)"),
    ),
    CharacterRule(
        "PASSWORD_REQUIRE_DIGIT",
        "password_no_digit",
        _is_digit,
        gettext_lazy("Add a digit."),
        gettext_lazy("a digit"),
    ),
    CharacterRule(
        "PASSWORD_REQUIRE_SPECIAL",
        "password_no_special",
        _is_special,
        gettext_lazy("Add a sign such as ! or ?"),
        gettext_lazy("a sign such as ! or ?"),
    ),
]


class LengthValidator:
    """PASSWORD_MIN_LENGTH to 128 characters."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError `password_too_short` or `password_too_long`."""
        minimum = settings.PASSWORD_MIN_LENGTH
        if len(password) < minimum:
            message = ngettext(
                "Use at least %(count)d character.", "Use at least %(count)d characters.", minimum
            )
            raise ValidationError(message % {"count": minimum}, code="password_too_short")
        if len(password) > MAX_LENGTH:
            message = ngettext(
                "Use at most %(count)d character.", "Use at most %(count)d characters.", MAX_LENGTH
            )
            raise ValidationError(message % {"count": MAX_LENGTH}, code="password_too_long")

    def get_help_text(self) -> str:
        """Return the rule in words."""
        minimum = settings.PASSWORD_MIN_LENGTH
        return ngettext("at least %(count)d character", "at least %(count)d characters", minimum) % {
            "count": minimum
        }


class CharacterValidator:
    """A capital, a digit and a sign, as far as the settings ask for them."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise one ValidationError with an entry for each rule that is broken."""
        broken = [rule for rule in CHARACTER_RULES if rule.is_on and not any(map(rule.fits, password))]
        if broken:
            raise ValidationError([ValidationError(str(rule.message), code=rule.code) for rule in broken])

    def get_help_text(self) -> str:
        """Return the rules in words."""
        return ", ".join(str(rule.hint) for rule in CHARACTER_RULES if rule.is_on)


def password_rules() -> list[tuple[str, str]]:
    """Return (code, words) of every rule in force, for the list beside a password field."""
    rules = [("password_too_short", LengthValidator().get_help_text())]
    rules += [(rule.code, str(rule.hint)) for rule in CHARACTER_RULES if rule.is_on]
    rules.append(("password_too_common", _("not one that many people use, and not your name or e-mail")))
    return rules
