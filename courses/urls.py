from django.urls import path

from courses import views
from lms.lib import slugs as _slugs  # noqa: F401  registers the converter `uslug`

app_name = "courses"
urlpatterns = [
    path("courses/", views.course_list, name="course_list"),
    path("courses/<uslug:slug>/", views.course_detail, name="course_detail"),
    path("instructors/<uslug:slug>/", views.instructor_detail, name="instructor_detail"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
]
