from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self) -> None:
        from accounts.services import register_role_rule
        from courses import privacy
        from courses.permissions import refuse_demotion
        from courses.references import editor_may_open, places_of
        from files.permissions import register_access
        from files.services import register_references

        privacy.register()
        register_role_rule(refuse_demotion)
        register_access(editor_may_open)
        register_references(places_of)
