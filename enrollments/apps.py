from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EnrollmentsConfig(AppConfig):
    name = "enrollments"
    verbose_name = _("Enrollments")

    def ready(self) -> None:
        from courses.permissions import register_learners
        from courses.services import register_publish_check
        from enrollments import privacy
        from enrollments.permissions import LearnersProvider, file_rule
        from enrollments.publishing import courses_nobody_completes, somebody_could_complete
        from files.permissions import register_access

        privacy.register()
        register_learners(LearnersProvider())
        register_publish_check(somebody_could_complete, of_many=courses_nobody_completes)
        register_access(file_rule)
