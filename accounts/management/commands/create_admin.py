"""Make the first admin, or one more."""

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import services
from accounts.models import User
from lms.lib.errors import DomainError


class Command(BaseCommand):
    """`manage.py create_admin --email a@b.example --name "A B"`; safe to repeat."""

    help = "Make an admin. The password comes from ADMIN_PASSWORD or, without it, from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--promote", action="store_true", help="Make an existing account with this e-mail an admin."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Leave an existing admin as it is; exit 1 with the rules that are broken."""
        existing = User.objects.filter(email=User.clean_email(options["email"])).first()
        try:
            if existing is None:
                self._make(options["email"], options["name"])
            elif existing.role == User.Role.ADMIN:
                self.stdout.write(f"{existing.email} is an admin already.")
            elif options["promote"]:
                self._promote(existing)
            else:
                raise CommandError(
                    f"{existing.email} is a {existing.role}. Use --promote to make it an admin."
                )
        except DomainError as error:
            lines = [f"{entry.field}: {entry.message} ({entry.code})" for entry in error.errors]
            raise CommandError("\n".join(lines) or str(error)) from error

    def _promote(self, user: User) -> None:
        if not user.is_active:
            raise CommandError(f"{user.email} is deactivated. An admin has to activate it first.")
        with transaction.atomic():
            services.set_role(user=user, role=User.Role.ADMIN, by=None)
            services.prove_email(user=user)
        self.stdout.write(f"{user.email} is an admin now.")

    def _make(self, email: str, name: str) -> None:
        password = os.environ.get("ADMIN_PASSWORD") or self._typed()
        user = services.add_user(
            by=None, email=email, password=password, full_name=name, role=User.Role.ADMIN
        )
        self.stdout.write(f"{user.email} is an admin now.")

    def _typed(self) -> str:
        """Return the password from standard input: unseen at a terminal, else its first line."""
        return getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
