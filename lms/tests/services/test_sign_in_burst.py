"""Two hundred people sign in at once: everybody gets an answer, and the others go on reading."""

import json
import subprocess
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from accounts.tests.factories import PASSWORD

pytestmark = pytest.mark.services
PEOPLE = 200
SET_UP = """
from accounts.models import User
from accounts.tests.factories import PASSWORD
from django.contrib.auth.hashers import make_password
hashed = make_password(PASSWORD)
User.objects.bulk_create(
    User(email=f"p{n}@example.com", full_name=f"Person {n}", password=hashed) for n in range(%d)
)
"""


def memory(process):
    """Return the most memory (MB) that a process or one of its children ever had."""
    children = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True
    ).stdout.split()
    peaks = []
    for pid in [process.pid, *children]:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                peaks.append(int(line.split()[1]) // 1024)
    return max(peaks)


@pytest.mark.dear(seconds=25)
def test_only_200_and_503_and_other_pages_answer(school):
    school.run("shell", "-v", "0", "-c", SET_UP % PEOPLE)
    barrier = threading.Barrier(PEOPLE + 1)
    root = f"http://127.0.0.1:{school.web_port}"

    def sign_in(number):
        body = json.dumps({"email": f"p{number}@example.com", "password": PASSWORD}).encode()
        request = urllib.request.Request(
            f"{root}/api/v1/auth/login", body, {"Content-Type": "application/json"}
        )
        barrier.wait(timeout=60)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, None
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("Retry-After")

    before, pages = memory(school.processes["web"]), 0
    with ThreadPoolExecutor(PEOPLE) as pool:
        asked = [pool.submit(sign_in, number) for number in range(PEOPLE)]
        barrier.wait(timeout=60)
        while not all(one.done() for one in asked):
            with urllib.request.urlopen(f"{root}/courses/", timeout=60) as page:
                pages += page.status == 200
    answers = [one.result() for one in asked]
    assert {status for status, _retry in answers} <= {200, 503}
    assert all(retry for status, retry in answers if status == 503)
    assert sum(status == 200 for status, _retry in answers) >= 4  # at least those who were first
    assert pages >= 1
    assert memory(school.processes["web"]) < before + 150  # two hashes of 19 MB, not two hundred
