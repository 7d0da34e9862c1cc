"""`/questions/{id}`: one question with its key, for its staff."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from lms.lib.api import ApiViewSet
from quizzes import services
from quizzes.api import shapes
from quizzes.api.bodies import MAX_BODY, QuestionBody, read_body
from quizzes.models import Question
from quizzes.permissions import get_editable_question_for


class QuestionViewSet(ApiViewSet):
    """One question."""

    serializer_class = shapes.QuestionSerializer
    permission_classes = [IsAuthenticated]
    queryset = Question.objects.none()
    max_body = MAX_BODY

    @extend_schema(summary="One question (staff)")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """With options and key."""
        return Response(shapes.QuestionSerializer(get_editable_question_for(request.user, pk)).data)

    @extend_schema(summary="Change a question (staff)", request=QuestionBody(partial=True))
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """`options` is the whole list; 409 `question_in_use` when its shape changes after students met it."""
        question = get_editable_question_for(request.user, pk)
        changed = services.update_question(
            question=question, **read_body(QuestionBody, request, partial=True)
        )
        return Response(shapes.QuestionSerializer(changed).data)

    @extend_schema(summary="Delete a question nobody met (staff)", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """409 `question_in_use`."""
        services.delete_question(question=get_editable_question_for(request.user, pk))
        return Response(status=204)
