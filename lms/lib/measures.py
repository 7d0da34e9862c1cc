"""Figures that are taken where the work is done, below lms.metrics, which hands them out."""

import os
from pathlib import Path

if shared := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    Path(shared).mkdir(parents=True, exist_ok=True)  # before the first figure is declared

from prometheus_client import Histogram

RENDER_SECONDS = Histogram(
    "lms_certificate_render_seconds",
    "Seconds to draw one certificate.",
    buckets=(0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 20),
)
