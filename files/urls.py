from django.urls import path

from files import views

app_name = "files"
urlpatterns = [
    path("<uuid:file_id>/<path:name>", views.serve, name="serve"),
]
