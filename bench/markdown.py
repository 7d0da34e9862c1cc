"""How long the worst texts take: `python -m bench.markdown` prints seconds of processor time, dearest first.

The tests count calls instead, which no busy machine changes (lms/lib/tests/test_markdown_hostile.py).
"""

import os
import sys
import time
from importlib import import_module


def main() -> None:
    """Render each text of the hostile corpus at full length, without a cache."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings_test")
    django.setup()
    from django.core.cache import cache

    from lms.lib.markdown import MAX_TEXT, render_markdown

    corpus = import_module("lms.lib.tests.test_markdown_hostile")
    rows = []
    for name, text in corpus.WORST.items():
        cache.clear()
        long = (text * (MAX_TEXT // len(text) + 1))[:MAX_TEXT]
        started = time.process_time()
        render_markdown(long)
        rows.append((time.process_time() - started, name))
    for seconds, name in sorted(rows, reverse=True):
        sys.stdout.write(f"{seconds:6.2f} s  {name[:60]}\n")


if __name__ == "__main__":
    main()
