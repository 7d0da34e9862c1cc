from django.urls import path

from quizzes import views

app_name = "quizzes"
urlpatterns = [
    path("<uuid:quiz_id>/", views.quiz_detail, name="quiz_detail"),
    path("<uuid:quiz_id>/preview/", views.preview, name="preview"),
    path("<uuid:quiz_id>/attempts/", views.start_attempt, name="start_attempt"),
    path("<uuid:quiz_id>/attempts/<int:number>/", views.take_quiz, name="take_quiz"),
    path("<uuid:quiz_id>/attempts/<int:number>/submit/", views.submit_attempt, name="submit_attempt"),
    path("<uuid:quiz_id>/attempts/<int:number>/result/", views.attempt_result, name="attempt_result"),
]
