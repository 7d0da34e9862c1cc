from django.urls import path

from certificates import views

app_name = "certificates"
urlpatterns = [
    path("", views.certificate_list, name="certificate_list"),
    path("verify/", views.verify, name="verify"),
    path("verify/<str:code>/", views.verify_result, name="verify_result"),
    path("<str:code>/", views.certificate_detail, name="certificate_detail"),
    path("<str:code>/download/", views.download, name="download"),
    path("<str:code>/correction/", views.request_correction, name="request_correction"),
    path("-/box/<uuid:enrollment_id>/", views.box, name="box"),
]
