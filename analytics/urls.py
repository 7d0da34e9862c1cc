from django.urls import path

import lms.lib.slugs  # noqa: F401  registers the converter `uslug`
from analytics import views

app_name = "analytics"
urlpatterns = [
    path("progress/", views.progress, name="progress"),
    path("progress/export/<str:kind>/", views.progress_export, name="progress_export"),
    path("learn/<uslug:slug>/-/leaderboard/", views.leaderboard, name="leaderboard"),
]
