"""The one command of somebody who tries the site: on SQLite, without any service."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from lms.tests.services.conftest import ROOT, free_port, wait_until

pytestmark = pytest.mark.services

PICTURES = "SELECT count(*) FROM certificates_certificate WHERE pdf_status = 'pending'"


@pytest.fixture
def start(tmp_path):
    """Start the site in one folder on a free port; whatever is left is killed."""
    running = []

    def run():
        port = free_port()
        environment = {**os.environ, "DATABASE_URL": "", "REDIS_URL": "", "SITE_URL": "", "DEMO_PASSWORD": ""}
        environment |= {
            "DJANGO_SETTINGS_MODULE": "lms.settings",
            "PORT": str(port),
            "LMS_DATA_DIR": str(tmp_path),
        }
        command = [sys.executable, "manage.py", "start"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        running.append(process)
        return process, f"http://127.0.0.1:{port}"

    yield run
    for process in running:
        process.kill()
        process.wait()


def is_ready(address):
    try:
        with urllib.request.urlopen(f"{address}/ready", timeout=5) as response:
            return response.status == 200
    except urllib.error.URLError:
        return False


@pytest.mark.dear(seconds=75)
def test_two_first_starts_share_a_folder_and_serve_and_stop(start, tmp_path):
    starts = [start(), start()]
    for process, address in starts:
        wait_until(lambda process=process, address=address: process.poll() or is_ready(address), 120, address)
        assert process.poll() is None
    with sqlite3.connect(tmp_path / "db.sqlite3") as database:
        # Asked for after the servers forked: the tasks inside them render, though the set-up has rendered before.
        database.execute(
            "UPDATE certificates_certificate SET pdf_status = 'pending', pdf_not_before = '2020-01-01' "
            "WHERE id = (SELECT min(id) FROM certificates_certificate)"
        )
        database.commit()
        wait_until(lambda: database.execute(PICTURES).fetchone()[0] == 0, 100, "the tasks inside the server")
    for process, _address in starts:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_a_taken_port_is_said_before_anything_is_set_up(tmp_path):
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = {
            **os.environ,
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "DJANGO_SETTINGS_MODULE": "lms.settings",
        }
        environment |= {"PORT": str(port), "LMS_DATA_DIR": str(tmp_path)}
        command = [sys.executable, "manage.py", "start"]
        answer = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
    assert answer.returncode == 1
    assert f"PORT={port + 1} make run" in answer.stderr
    assert list(tmp_path.iterdir()) == []
