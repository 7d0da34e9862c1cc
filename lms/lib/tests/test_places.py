"""Places over threads and over real processes, one of which is killed."""

import subprocess
import sys
import threading
import time

import pytest

from lms.lib import places as places_module
from lms.lib.places import NoPlace, Places

# Takes a place again and again; each line of the file is one stay, from and to, on the machine's one clock.
STAYS = """
import runpy, sys, time
from pathlib import Path
Places = runpy.run_path(sys.argv[2])["Places"]  # without the weight of the whole project
places = Places(Path(sys.argv[1]), 2)
for _ in range(15):
    with places.take(10):
        came = time.monotonic()
        time.sleep(0.003)
        print(came, time.monotonic())
"""
HOLDS = """
import runpy, sys, time
from pathlib import Path
Places = runpy.run_path(sys.argv[2])["Places"]  # without the weight of the whole project
with Places(Path(sys.argv[1]), 1).take(10):
    print("inside", flush=True)
    time.sleep(60)
"""


def start(code, folder):
    command = [sys.executable, "-c", code, str(folder), places_module.__file__]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def most_at_once(stays):
    changes = sorted([(came, 1) for came, _went in stays] + [(went, -1) for _came, went in stays])
    inside = most = 0
    for _when, change in changes:
        inside += change
        most = max(most, inside)
    return most


def test_threads(tmp_path):
    places, stays = Places(tmp_path / "places", 2), []

    def stay():
        with places.take(10):
            came = time.monotonic()
            threading.Event().wait(0.003)
            stays.append((came, time.monotonic()))

    threads = [threading.Thread(target=stay) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stays) == 12
    assert most_at_once(stays) <= 2


def test_processes(tmp_path):
    processes = [start(STAYS, tmp_path) for _ in range(4)]
    stays = [
        tuple(float(part) for part in line.split())
        for process in processes
        for line in process.communicate(timeout=30)[0].splitlines()
    ]
    assert len(stays) == 60
    assert most_at_once(stays) <= 2


def test_a_killed_process_frees_its_place(tmp_path):
    places = Places(tmp_path, 1)
    holder = start(HOLDS, tmp_path)
    assert holder.stdout.readline() == "inside\n"
    with pytest.raises(NoPlace), places.take(0.05):
        pass
    holder.kill()
    holder.communicate()
    with places.take(1):
        pass


def test_a_place_is_free_again_after_an_error(tmp_path):
    places = Places(tmp_path, 1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), places.take(0.05):
            raise ZeroDivisionError
