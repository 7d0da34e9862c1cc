"""Routes without a trailing slash; ids are UUIDs, so a malformed one matches nothing and is 404."""

from rest_framework.routers import SimpleRouter


class Router(SimpleRouter):
    """`router.register("courses", CourseViewSet, basename="course")` gives `courses` and `courses/<uuid:pk>`."""

    def __init__(self) -> None:
        super().__init__(trailing_slash=False, use_regex_path=False)
