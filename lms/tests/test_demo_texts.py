"""The texts and films of the demo, as they lie in the repository: no database needed."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from lms.demo.content import HERE, MEDIA, read_sources
from lms.lib.markdown import plain_text, render_markdown

SOURCES = {source.folder: source for source in read_sources()}
LESSONS = sorted(HERE.glob("courses/*/lessons/*.md"))
BLOCK = re.compile(r"^```python\n(.*?)^```(?:\n+```text\n(.*?)^```)?", re.DOTALL | re.MULTILINE)


def course_of(lesson: Path) -> Path:
    return lesson.parent.parent


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.name)
def test_every_lesson_says_something(lesson):
    text = lesson.read_text(encoding="utf-8")
    body = plain_text(text)
    assert "lorem" not in body.lower()
    assert "ipsum" not in body.lower()
    at_least = 20 if "quiz" in lesson.name else 80
    assert at_least <= len(body.split()) <= 520
    html = render_markdown(text, language="ar" if "arabic" in str(lesson) else "en")
    assert ":::" not in html
    assert "$" not in re.sub(r"<annotation.*?</annotation>", "", html)


def test_every_lesson_and_file_is_used_once():
    for source in SOURCES.values():
        folder = HERE / "courses" / source.folder
        assert sorted(lesson["body"] for lesson in source.lessons) == sorted(
            path.name for path in folder.glob("lessons/*")
        )
        own = {path.name for path in folder.glob("files/*")}
        assert own <= set(source.file_names())
        assert all(source.path(name).exists() for name in source.file_names())
    assert {path.name for path in MEDIA.iterdir()} == {
        name for source in SOURCES.values() for name in source.file_names() if (MEDIA / name).exists()
    }


def test_file_names_are_used_once():
    """A run that finishes another one finds its files by their names."""
    names = [name for source in SOURCES.values() for name in source.file_names()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "lesson", [path for path in LESSONS if "```python" in path.read_text()], ids=lambda p: p.name
)
def test_programs_in_the_lessons_print_what_the_lesson_says(lesson, monkeypatch):
    monkeypatch.chdir(course_of(lesson) / "files")
    for program, promised in BLOCK.findall(lesson.read_text(encoding="utf-8")):
        screen = io.StringIO()
        with contextlib.redirect_stdout(screen):
            exec(compile(program, lesson.name, "exec"), {"__name__": "__main__"})
        assert screen.getvalue().startswith(promised)


@pytest.mark.parametrize("film", sorted(MEDIA.glob("*.mp4")), ids=lambda path: path.stem)
def test_films_are_small_and_can_be_sought(film):
    content = film.read_bytes()
    assert len(content) < 2_000_000
    assert b"avc1" in content
    assert content.index(b"moov") < content.index(b"mdat"), "the index stands first"


@pytest.mark.parametrize("captions", sorted(MEDIA.glob("*.vtt")), ids=lambda path: path.name)
def test_captions_follow_one_another(captions):
    text = captions.read_text(encoding="utf-8")
    assert text.startswith("WEBVTT\n\n")
    times = re.findall(r"^(\d\d:\d\d:\d\d\.\d{3}) --> (\d\d:\d\d:\d\d\.\d{3})$", text, re.MULTILINE)
    flat = [moment for pair in times for moment in pair]
    assert len(times) >= 10
    assert flat == sorted(flat)
    is_arabic = captions.name.endswith(".ar.vtt")
    assert bool(re.search(r"[\u0600-\u06ff]", text)) == is_arabic


@pytest.mark.parametrize("lesson", [p for p in LESSONS if "arabic" in str(p)], ids=lambda p: p.name)
def test_arabic_is_set_as_arabic(lesson):
    """No Latin comma, semicolon or question mark after an Arabic letter, no blank before a sign."""
    text = re.sub(r"https?://\S+", "", lesson.read_text(encoding="utf-8"))
    assert not re.search(r"[\u0621-\u064a\u064b-\u0652][,;?]", text)
    exercises = {"08-punctuation.md"}  # shows the mistake
    if lesson.name not in exercises:
        assert not re.search(r"\w [،؛؟.:]", text)
