"""Makes the demo films and their captions: `python -m lms.demo.make_video [NAME ...]`.

Needs espeak-ng, ffmpeg and Chromium with Playwright. The results in media/ are kept in the repository,
so nobody has to run this unless a film changes.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
SIZE = (1280, 720)
FRAMES_PER_SECOND = 15
FADE_FRAMES = 5
PAUSE_SECONDS = 0.9
LANGUAGES = ("en", "ar")


@dataclass
class Line:
    """One spoken line: the step of the film it belongs to, its captions, and when it is heard (seconds)."""

    step: int
    captions: dict[str, str]
    sound: bytes
    start: float
    end: float


def speak(script: dict[str, Any], folder: Path) -> tuple[list[Line], wave._wave_params]:
    """Read all lines aloud, each followed by a pause."""
    lines: list[Line] = []
    clock = 0.0
    for number, row in enumerate(script["lines"]):
        path = folder / f"{number}.wav"
        voice = ["-v", script["voice"], "-s", str(script["speed"])]
        subprocess.run(["espeak-ng", *voice, "-w", str(path), row["say"]], check=True)  # noqa: S603, S607
        with wave.open(str(path)) as sound:
            form, spoken = sound.getparams(), sound.readframes(sound.getnframes())
        length = form.nframes / form.framerate
        silence = bytes(int(PAUSE_SECONDS * form.framerate) * form.sampwidth)
        captions = {script["language"]: row["say"]} | {code: row[code] for code in LANGUAGES if code in row}
        lines.append(Line(row["step"], captions, spoken + silence, clock, clock + length))
        clock += length + PAUSE_SECONDS
    return lines, form


def photograph(page: Path, steps: list[int], folder: Path) -> dict[int, Image.Image]:
    """One picture of film.html for each step."""
    slides = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        tab = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        for step in steps:
            path = folder / f"{step}.png"
            tab.goto(f"{page.as_uri()}?{step}")
            tab.screenshot(path=path)
            slides[step] = Image.open(path).convert("RGB")
        browser.close()
    return slides


def encode(lines: list[Line], slides: dict[int, Image.Image], sound: Path, target: Path) -> None:
    """Pipe the frames, slides fading into one another, to ffmpeg: H.264, AAC, a key frame every 4 s."""
    command = (
        f"ffmpeg -v error -y -f rawvideo -pix_fmt rgb24 -s {SIZE[0]}x{SIZE[1]} -r {FRAMES_PER_SECOND} -i - "
        f"-i {sound} "
        f"-c:v libx264 -preset slow -crf 26 -tune animation -pix_fmt yuv420p -g {4 * FRAMES_PER_SECOND} "
        "-c:a aac -b:a 48k -ac 1 -ar 44100 -af highpass=f=90,lowpass=f=8000,loudnorm=I=-18 "
        f"-shortest -movflags +faststart -map_metadata -1 {target}"
    )
    ffmpeg = subprocess.Popen(command.split(), stdin=subprocess.PIPE)  # noqa: S603
    pipe = cast(IO[bytes], ffmpeg.stdin)
    before, shown = slides[lines[0].step], 0
    for line in lines:
        slide = slides[line.step]
        until = round((line.end + PAUSE_SECONDS) * FRAMES_PER_SECOND)
        for frame in range(until - shown):
            mix = min(1.0, (frame + 1) / FADE_FRAMES)
            pipe.write((slide if mix == 1 else Image.blend(before, slide, mix)).tobytes())
        before, shown = slide, until
    pipe.close()
    if ffmpeg.wait():
        raise SystemExit(f"ffmpeg could not make {target.name}.")


def clock(seconds: float) -> str:
    """Seconds as WebVTT writes them: 00:01:02.345."""
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"00:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def write_captions(lines: list[Line], language: str, target: Path) -> None:
    """One cue a line, long ones cut at the end of a sentence in proportion to their length."""
    cues = ["WEBVTT"]
    for line in lines:
        parts = halves(line.captions[language])
        start = line.start
        for part in parts:
            end = start + (line.end - line.start) * len(part) / sum(map(len, parts))
            cues.append(f"{clock(start)} --> {clock(end)}\n{part}")
            start = end
    target.write_text("\n\n".join(cues) + "\n", encoding="utf-8")


def halves(text: str, longest: int = 84) -> list[str]:
    """A text of more than two caption lines, cut near its middle, between sentences if possible."""
    if len(text) <= longest:
        return [text]
    cost = {
        place + 1: abs(place - len(text) / 2) + (0 if sign in ".؟?" else 25)
        for place, sign in enumerate(text[:-1])
        if sign in ".؟?:؛،," and text[place + 1] == " "
    }
    cut = min(cost, key=lambda place: cost[place])
    return [text[:cut], text[cut + 1 :]]


def make(name: str) -> None:
    """Make media/NAME.mp4 and its captions from films/NAME/."""
    film, media = HERE / "films" / name, HERE / "media"
    script = tomllib.loads((film / "script.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        lines, form = speak(script, folder)
        with wave.open(str(folder / "all.wav"), "wb") as sound:
            sound.setparams(form)
            sound.writeframes(b"".join(line.sound for line in lines))
        slides = photograph(film / "film.html", [line.step for line in lines], folder)
        encode(lines, slides, folder / "all.wav", media / f"{name}.mp4")
    for language in LANGUAGES:
        write_captions(lines, language, media / f"{name}.{language}.vtt")


if __name__ == "__main__":
    for film_name in sys.argv[1:] or sorted(page.parent.name for page in HERE.glob("films/*/film.html")):
        make(film_name)
