from django.urls import path

import lms.lib.slugs  # noqa: F401  registers the converter `uslug`
from enrollments import views

app_name = "enrollments"
urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("notes/", views.my_notes, name="my_notes"),
    path("courses/<uslug:slug>/enroll/", views.enroll, name="enroll"),
    path("learn/<uslug:slug>/", views.course_home, name="course_home"),
    path("learn/<uslug:slug>/-/drop/", views.drop, name="drop"),
    path("learn/<uslug:slug>/-/mute/", views.mute, name="mute"),
    path("reminders/<str:token>/", views.mute_by_link, name="mute_by_link"),
    path("learn/<uslug:slug>/-/review/", views.review, name="review"),
    path("learn/<uslug:slug>/-/finished/", views.finished, name="finished"),
    path("learn/<uslug:slug>/-/notes/", views.my_notes, name="my_notes"),
    path("learn/<uslug:slug>/-/outline/", views.outline, name="outline"),
    path("learn/<uslug:slug>/-/<uslug:lesson_slug>/complete/", views.complete, name="complete"),
    path("learn/<uslug:slug>/-/<uslug:lesson_slug>/beat/", views.beat, name="beat"),
    path("learn/<uslug:slug>/-/<uslug:lesson_slug>/notes/", views.notes, name="notes"),
    path("learn/<uslug:slug>/-/<uslug:lesson_slug>/bookmark/", views.bookmark, name="bookmark"),
    path("learn/<uslug:slug>/<uslug:lesson_slug>/", views.lesson, name="lesson"),
]
