"""Pictures in questions: where their addresses come from when a text is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from files.models import StoredFile
from lms.lib.markdown import Picture
from quizzes.models import Question

ImageUrl = Callable[[str], Picture | None]


def no_picture(file_id: str) -> Picture | None:
    """Show the alternative text."""
    return None


def may_show_pictures(text: str) -> bool:
    """Return whether it is worth looking for pictures in a text."""
    return "file:" in text.lower()


def shown(files: Iterable[StoredFile]) -> ImageUrl:
    """Return what `render_markdown` asks for a picture's address: only `files` are shown.

    The name in the address is the same for all: what an author called a file could tell the answer.
    """
    known: dict[str, Picture] = {
        str(file.pk): (
            reverse("files:serve", args=[file.pk, f"picture{PurePath(file.file.name or '').suffix}"]),
            file.width,
            file.height,
        )
        for file in files
    }
    return known.get


def of_questions(ids: Sequence[UUID], texts: Iterable[str], *, with_review: bool) -> ImageUrl:
    """Return the addresses of the questions' pictures, those of explanations and feedback `with_review` only.

    One query where one of `texts` may show a picture, else none.
    """
    if not any(map(may_show_pictures, texts)):
        return no_picture
    wanted = Q(pk__in=Question.pictures.through.objects.filter(question__in=ids).values("storedfile"))
    if with_review:
        of_review = Question.review_pictures.through.objects.filter(question__in=ids)
        wanted |= Q(pk__in=of_review.values("storedfile"))
    return shown(StoredFile.objects.ready().filter(wanted).only("file", "width", "height"))
