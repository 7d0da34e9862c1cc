"""The API of figures: a course's for its staff, the site's for admins, one's own for everybody."""
# ruff: noqa: E501  a line is a row of the table

from lms.tests.permissions import Row, api

# fmt: off
ROWS: list[Row] = [
    # visitor student classmate owner outsider admin

    # A course
    api("GET", "analytics-course", "/analytics/courses/{course}", "401 403 403 200 403 200"),
    api("GET", "analytics-course", "/analytics/courses/{draft_slug}", "401 404 404 200 404 200"),
    api("GET", "analytics-lessons", "/analytics/courses/{course}/lessons", "401 403 403 200 403 200"),
    api("GET", "analytics-quizzes", "/analytics/courses/{course}/quizzes", "401 403 403 200 403 200"),
    api("GET", "analytics-trend", "/analytics/courses/{course}/trend?period=7d", "401 403 403 200 403 200"),
    api("GET", "analytics-students", "/analytics/courses/{course}/students?risk=any", "401 403 403 200 403 200"),
    api("GET", "analytics-students", "/analytics/courses/{draft}/students", "401 404 404 200 404 200"),
    api("GET", "analytics-students-export", "/analytics/courses/{course}/students/export", "401 403 403 200 403 200"),
    api("GET", "analytics-students-export", "/analytics/courses/{draft}/students/export?as=xlsx", "401 404 404 200 404 200"),
    api("GET", "analytics-lessons-export", "/analytics/courses/{course}/lessons/export", "401 403 403 200 403 200"),
    api("GET", "analytics-quizzes-export", "/analytics/courses/{course}/quizzes/export?as=xlsx", "401 403 403 200 403 200"),
    api("POST", "analytics-refresh", "/analytics/courses/{course}/refresh", "401 403 403 429 403 429", {}),
    api("POST", "analytics-refresh", "/analytics/courses/{draft}/refresh", "401 404 404 202 404 202", {}),

    # A teacher's courses
    api("GET", "analytics-my-teaching", "/analytics/instructors/me", "401 403 403 200 200 200"),
    api("GET", "analytics-teaching", "/analytics/instructors/{teacher}", "401 403 403 200 403 200"),
    api("GET", "analytics-teaching", "/analytics/instructors/{student}", "401 404 404 404 404 404"),

    # The site
    api("GET", "analytics-system-overview", "/analytics/system/overview", "401 403 403 403 403 200"),
    api("GET", "analytics-user-growth", "/analytics/system/user-growth", "401 403 403 403 403 200"),
    api("GET", "analytics-enrollment-trend", "/analytics/system/enrollment-trend?days=7", "401 403 403 403 403 200"),
    api("GET", "analytics-popular-courses", "/analytics/system/popular-courses", "401 403 403 403 403 200"),
    api("GET", "analytics-top-instructors", "/analytics/system/top-instructors?limit=5", "401 403 403 403 403 200"),

    # One's own learning, and a student's
    api("GET", "analytics-my-progress", "/analytics/my-progress", "401 200 200 200 200 200"),
    api("GET", "analytics-my-dashboard", "/analytics/my-dashboard", "401 200 200 200 200 200"),
    api("GET", "analytics-my-activity", "/analytics/my-activity?days=7", "401 200 200 200 200 200"),
    api("GET", "analytics-my-progress-export", "/analytics/my-progress/export", "401 200 200 200 200 200"),
    api("GET", "analytics-student", "/analytics/students/{student}/dashboard", "401 403 403 200 404 200"),
    api("GET", "analytics-student", "/analytics/students/{classmate}/dashboard", "401 403 403 404 404 200"),
    api("GET", "analytics-student", "/analytics/students/{course}/dashboard", "401 403 403 404 404 404"),
    api("GET", "analytics-leaderboard", "/analytics/courses/{course}/leaderboard", "401 200 403 200 403 200"),
    api("GET", "analytics-leaderboard", "/analytics/courses/{done}/leaderboard", "401 404 404 404 404 404"),
    api("PATCH", "analytics-leaderboard", "/analytics/courses/{course}/leaderboard", "401 403 403 200 403 200", {"enabled": False}),
    api("PATCH", "analytics-leaderboard", "/analytics/courses/{draft}/leaderboard", "401 404 404 200 404 200", {"enabled": True}),
]
