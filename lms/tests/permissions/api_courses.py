"""The API of courses: what is published, and a draft."""
# ruff: noqa: E501  a line is a row of the table

from lms.tests.permissions import Row, api

# fmt: off
ROWS: list[Row] = [
    # visitor student classmate owner outsider admin

    # The catalogue
    api("GET", "course-list", "/courses", "200 200 200 200 200 200"),
    api("GET", "course-list", "/courses?status=draft", "403 403 403 403 403 200"),
    api("GET", "course-popular", "/courses/popular", "200 200 200 200 200 200"),
    api("GET", "course-top-rated", "/courses/top-rated", "200 200 200 200 200 200"),
    api("GET", "course-mine", "/courses/mine", "401 403 403 200 200 200"),
    api("GET", "instructor", "/instructors/{teacher_slug}", "200 200 200 200 200 200"),
    api("GET", "category-list", "/categories", "200 200 200 200 200 200"),
    api("POST", "category-list", "/categories", "401 403 403 403 403 201", {"name_en": "Physics", "name_ar": "فيزياء"}),
    api("PATCH", "category-detail", "/categories/{category}", "401 403 403 403 403 200", {"name_en": "Physics"}),
    api("DELETE", "category-detail", "/categories/{category}", "401 403 403 403 403 204"),
    api("GET", "tag-list", "/tags", "200 200 200 200 200 200"),
    api("POST", "tag-list", "/tags", "401 403 403 403 403 201", {"name": "Glass"}),
    api("PATCH", "tag-detail", "/tags/{tag}", "401 403 403 403 403 200", {"name": "Glass"}),
    api("DELETE", "tag-detail", "/tags/{tag}", "401 403 403 403 403 204"),
    api("POST", "markdown-preview", "/markdown/preview", "401 403 403 200 200 200", {"text": "*Light*"}),

    # A published course
    api("POST", "course-list", "/courses", "401 403 403 201 201 201", {"title": "A new course"}),
    api("GET", "course-detail", "/courses/{course}", "200 200 200 200 200 200"),
    api("PUT", "course-detail", "/courses/{course}", "401 403 403 200 403 200", {"title": "Other title", "description": "A long description of what one learns here, so that it may stay published."}),
    api("PATCH", "course-detail", "/courses/{course}", "401 403 403 200 403 200", {"subtitle": "Other"}),
    api("DELETE", "course-detail", "/courses/{course}", "401 403 403 409 403 409"),
    api("POST", "course-publish", "/courses/{course}/publish", "401 403 403 200 403 200", {}),
    api("POST", "course-unpublish", "/courses/{course}/unpublish", "401 403 403 200 403 200", {}),
    api("POST", "course-archive", "/courses/{course}/archive", "401 403 403 200 403 200", {}),
    api("POST", "course-restore", "/courses/{course}/restore", "401 403 403 409 403 409", {}),
    api("POST", "course-duplicate", "/courses/{course}/duplicate", "401 403 403 201 403 201", {}),
    api("POST", "course-transfer", "/courses/{course}/transfer", "401 403 403 403 403 200", {"instructor": "{teacher}"}),
    api("GET", "course-checklist", "/courses/{course}/checklist", "401 403 403 200 403 200"),
    api("GET", "course-content", "/courses/{course}/content", "200 200 200 200 200 200"),
    api("PUT", "course-content", "/courses/{course}/content?force=true", "401 403 403 200 403 200", {"modules": [{"id": "{second}", "lessons": []}]}),
    api("GET", "course-modules", "/courses/{course}/modules", "200 200 200 200 200 200"),
    api("POST", "course-modules", "/courses/{course}/modules", "401 403 403 201 403 201", {"title": "A new module"}),
    api("GET", "course-lessons", "/courses/{course}/lessons", "200 200 200 200 200 200"),
    api("POST", "course-lessons", "/courses/{course}/lessons", "401 403 403 201 403 201", {"title": "A new lesson", "module": "{module}"}),
    api("POST", "course-reorder", "/courses/{course}/reorder", "401 403 403 204 403 204", {"ids": ["{second}", "{module}"]}),

    # A draft: to everybody else it does not exist
    api("GET", "course-detail", "/courses/{draft}", "404 404 404 200 404 200"),
    api("PATCH", "course-detail", "/courses/{draft}", "401 404 404 200 404 200", {"subtitle": "Other"}),
    api("DELETE", "course-detail", "/courses/{draft}", "401 404 404 204 404 204"),
    api("POST", "course-publish", "/courses/{draft}/publish", "401 404 404 200 404 200", {}),
    api("GET", "course-checklist", "/courses/{draft}/checklist", "401 404 404 200 404 200"),
    api("GET", "course-content", "/courses/{draft}/content", "404 404 404 200 404 200"),
    api("POST", "course-modules", "/courses/{draft}/modules", "401 404 404 201 404 201", {"title": "A new module"}),

    # Its parts
    api("GET", "module-detail", "/modules/{module}", "200 200 200 200 200 200"),
    api("PATCH", "module-detail", "/modules/{module}", "401 403 403 200 403 200", {"title": "Other"}),
    api("DELETE", "module-detail", "/modules/{second}?force=true", "401 403 403 204 403 204"),
    api("POST", "module-publish", "/modules/{module}/publish", "401 403 403 200 403 200", {}),
    api("POST", "module-duplicate", "/modules/{module}/duplicate", "401 403 403 201 403 201", {}),
    api("POST", "module-unpublish", "/modules/{module}/unpublish", "401 403 403 200 403 200", {}),
    api("POST", "module-reorder", "/modules/{module}/reorder", "401 403 403 409 403 409", {"ids": []}),
    api("GET", "lesson-detail", "/lessons/{lesson}", "200 200 200 200 200 200"),
    api("GET", "lesson-detail", "/lessons/{hidden}", "404 404 404 200 404 200"),
    api("PATCH", "lesson-detail", "/lessons/{lesson}", "401 403 403 200 403 200", {"title": "Other"}),
    api("DELETE", "lesson-detail", "/lessons/{lesson}?force=true", "401 403 403 204 403 204"),
    api("POST", "lesson-publish", "/lessons/{hidden}/publish", "401 404 404 200 404 200", {}),
    api("POST", "lesson-duplicate", "/lessons/{lesson}/duplicate", "401 403 403 201 403 201", {}),
    api("POST", "lesson-unpublish", "/lessons/{lesson}/unpublish", "401 403 403 200 403 200", {}),
    api("POST", "lesson-move", "/lessons/{lesson}/move", "401 403 403 200 403 200", {"module": "{second}"}),
    api("POST", "lesson-restore", "/lessons/{lesson}/restore", "401 403 403 200 403 200", {"module": "{second}"}),
    api("GET", "lesson-resources", "/lessons/{lesson}/resources", "403 200 403 200 403 200"),
    api("POST", "lesson-resources", "/lessons/{lesson}/resources", "401 403 403 201 403 201", {"url": "https://example.org/b"}),
    api("PATCH", "resource-detail", "/resources/{resource}", "401 403 403 200 403 200", {"title": "Other"}),
    api("DELETE", "resource-detail", "/resources/{resource}", "401 403 403 204 403 204"),
]
