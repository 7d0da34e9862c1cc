"""Certificates for tests, reached through the service."""

from typing import Any

import factory

from certificates import services
from certificates.models import Certificate
from enrollments.tests.factories import EnrollmentFactory


class CertificateFactory(factory.django.DjangoModelFactory):
    """The certificate of a completed enrollment; `rendered=True` makes its PDF too."""

    class Meta:
        model = Certificate

    enrollment = factory.SubFactory(EnrollmentFactory, completed=True)

    @classmethod
    def _create(cls, model_class: type[Certificate], *args: Any, **kwargs: Any) -> Certificate:
        rendered = kwargs.pop("rendered", False)
        certificate = services.issue_certificate(kwargs["enrollment"])
        if rendered:
            services.render(certificate.pk)
        return Certificate.objects.with_people().get(pk=certificate.pk)
