"""Measure the PDF engines with the certificate's real layout.

    python bench/pdf_engines.py [--count 1000] [--engine typst fpdf2]

Prints one Markdown row an engine: seconds to the first certificate, milliseconds for each of `count`
different ones, memory, file size, and what two processes make in a second. fpdf2 is not a dependency of the
project: `pip install fpdf2 uharfbuzz` brings it back for a repetition.
"""

import argparse
import importlib
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).parent.parent))

from lms.lib.pdf import CertificateSheet, render_certificate
from lms.lib.tests.pdf_samples import ARABIC, ENGLISH, drawing

Render = Callable[[CertificateSheet], bytes]
WARM_UP = 50

LATIN = "Layla Maria Zoë Nguyễn Søren Haddad Okafor Westhuizen van der Łukasz Ångström José"
ARAB = "ليلى حدّاد عبد الرحمن محمد مصطفى كمال الدين الحسيني آل سعيد فاطمة الزهراء"


@dataclass(frozen=True)
class Figures:
    first: float
    wall: list[float]
    cpu: list[float]
    sizes: list[int]
    memory_start: float
    memory_end: float


def sheets(count: int, seed: int) -> list[CertificateSheet]:
    """Return different certificates: half Arabic, names of 2 to 40 words in one script or both."""
    random, logo, signature = Random(seed), drawing(600, 200, "#005f78"), drawing(500, 160, "#1b2a6b")
    made = []
    for place in range(count):
        words = random.choice((LATIN, ARAB, f"{LATIN} {ARAB}")).split()
        long = 40 if place % 10 == 0 else random.randint(2, 4)
        name = " ".join(random.choice(words) for _ in range(long))[:255]
        made.append(
            replace(
                (ENGLISH, ARABIC)[place % 2],
                student_name=name,
                number=f"CERT-20261003-{random.getrandbits(32):08X}",
                orientation="portrait" if place % 5 == 0 else "landscape",
                logo=logo if place % 3 == 0 else None,
                signature=signature if place % 4 == 0 else None,
            )
        )
    return made


def renderer(engine: str, cuts: Path) -> Render:
    if engine == "typst":
        return render_certificate
    module = importlib.import_module("bench.pdf_fpdf2")
    return lambda sheet: module.render(sheet, cuts)


def resident() -> float:
    """Return this process's resident memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(engine: str, count: int, seed: int, cuts: Path) -> Figures:
    render, work = renderer(engine, cuts), sheets(count + WARM_UP, seed)
    start = perf_counter()
    render(work[0])
    first = perf_counter() - start
    for sheet in work[1:WARM_UP]:
        render(sheet)
    memory, wall, cpu, sizes = resident(), [], [], []
    for sheet in work[WARM_UP:]:
        start, start_cpu = perf_counter(), process_time()
        sizes.append(len(render(sheet)))
        wall.append((perf_counter() - start) * 1000)
        cpu.append((process_time() - start_cpu) * 1000)
    return Figures(first, wall, cpu, sizes, memory, resident())


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def row(engine: str, count: int, cuts: Path) -> str:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        one = pool.submit(measure, engine, count, 1, cuts).result()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(measure, engine, count // 2, seed, cuts) for seed in (2, 3)]
        two = [job.result() for job in jobs]
    together = sum(1000 / statistics.fmean(half.wall) for half in two)
    cells = (
        engine,
        f"{one.first:.2f}",
        f"{statistics.median(one.wall):.0f} / {p95(one.wall):.0f} / {max(one.wall):.0f}",
        f"{statistics.median(one.cpu):.0f}",
        f"{one.memory_start:.0f} → {one.memory_end:.0f}",
        f"{statistics.median(one.sizes) / 1000:.0f} / {max(one.sizes) / 1000:.0f}",
        f"{together:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--engine", nargs="+", choices=("typst", "fpdf2"), default=["typst", "fpdf2"])
    options = parser.parse_args()
    heads = (
        "engine",
        "first, s",
        "each: median / p95 / worst, ms",
        "CPU median, ms",
        f"memory after {WARM_UP} → at the end, MB",
        "file median / largest, kB",
        "two processes, a second",
    )
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    with tempfile.TemporaryDirectory() as folder:
        for engine in options.engine:
            try:
                if engine == "fpdf2":
                    importlib.import_module("bench.pdf_fpdf2").prepare(Path(folder))
            except ImportError:
                print("\nfpdf2 is not installed: pip install fpdf2 uharfbuzz")
                continue
            print(row(engine, options.count, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
