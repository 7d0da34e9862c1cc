from django.urls import path

from certificates import credential_views, views

app_name = "certificates"
urlpatterns = [
    path("", views.certificate_list, name="certificate_list"),
    path("issuer", credential_views.issuer, name="issuer"),
    path("status/<int:number>", credential_views.status_list, name="status_list"),
    path("verify/", views.verify, name="verify"),
    path("verify/<str:code>/", views.verify_result, name="verify_result"),
    path("<str:code>/", views.certificate_detail, name="certificate_detail"),
    path("<str:code>/credential", credential_views.credential, name="credential"),
    path("<str:code>/credential.jwt", credential_views.credential, {"form": "jwt"}, name="credential_jwt"),
    path("<str:code>/credential.json", credential_views.credential, {"form": "json"}, name="credential_json"),
    path("<str:code>/download/", views.download, name="download"),
    path("<str:code>/correction/", views.request_correction, name="request_correction"),
    path("-/box/<uuid:enrollment_id>/", views.box, name="box"),
]
