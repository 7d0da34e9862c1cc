"""A hundred megabytes up and down, clients that go away, and films that must not starve an exam: on a real server."""

import http.client
import json
import socket
from pathlib import Path

import pytest

from files.streams import SMALL
from files.tests.factories import mp4_bytes
from lms.tests.services.conftest import open_school, wait_until

pytestmark = pytest.mark.services

MEGABYTE = 1024 * 1024
HUNDRED = 100 * MEGABYTE
THREADS = 4
HEAD = b'--border\r\nContent-Disposition: form-data; name="file"; filename="film.mp4"\r\n\r\n'
END = b"\r\n--border--\r\n"
TEACHER = "teacher@example.com"


@pytest.fixture
def server(tmp_path):
    """A school with few threads, and its teacher's token."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with open_school(tmp_path, WEB_THREADS=str(THREADS), TMPDIR=str(temporary)) as school:
        school.people(1)
        wait_until(lambda: is_up(school), 60, "the first answer")
        school.bearer = school.token(TEACHER)
        yield school


def is_up(school):
    try:
        return school.call("GET", "/health", root="")[0] == 200
    except OSError:
        return False


def worker_of(school):
    master = school.processes["web"].pid
    return int(Path(f"/proc/{master}/task/{master}/children").read_text().split()[0])


def memory(pid, what):
    """VmRSS or VmHWM (its peak), in bytes."""
    line = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(what)
    )
    return int(line.split()[1]) * 1024


class Growth:
    """By how many bytes the peak of a process rises inside the block above what it holds before."""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        self.before = memory(self.pid, "VmRSS")
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")  # the peak begins anew
        return self

    def __exit__(self, *_error):
        self.bytes = memory(self.pid, "VmHWM") - self.before


def film(size):
    """A film's head, then nothing until `size`, in blocks."""
    head = mp4_bytes(60)[:-2008]
    yield head + (size - len(head)).to_bytes(4, "big") + b"mdat"
    left = size - len(head) - 8
    while left:
        block = bytes(min(left, MEGABYTE))
        yield block
        left -= len(block)


def upload(school, size, *, announced=None, send=None):
    """Send a film of `size` bytes; return status and body. `send` bytes at most leave, then the client is gone."""
    connection = http.client.HTTPConnection("127.0.0.1", school.web_port, timeout=60)
    connection.putrequest("POST", "/api/v1/files")
    for name, value in {
        "Authorization": f"Bearer {school.bearer}",
        "Content-Type": "multipart/form-data; boundary=border",
        "Content-Length": str(announced or len(HEAD) + size + len(END)),
    }.items():
        connection.putheader(name, value)
    connection.endheaders(HEAD)
    sent = 0
    for block in film(size):
        connection.send(block)
        sent += len(block)
        if send is not None and sent >= send:
            connection.close()
            return None
    connection.send(END)
    answer = connection.getresponse()
    body = answer.read()
    return answer.status, body


def ask(school, path, *, read=True):
    """Ask for a file; with `read=False` the answer's body stays in the line, as with a player that pauses."""
    line = socket.create_connection(("127.0.0.1", school.web_port), timeout=30)
    if not read:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {school.bearer}\r\n"
        "Connection: close\r\n\r\n".encode()
    )
    head = b""
    while b"\r\n\r\n" not in head:
        byte = line.recv(1)
        assert byte, head
        head += byte
    total = 0
    while read and (block := line.recv(MEGABYTE)):
        total += len(block)
    return line, head.decode("latin-1"), total


def files_on_disk(folder):
    return [path for path in Path(folder).rglob("*") if path.is_file()]


@pytest.mark.dear(seconds=25)
def test_files_on_a_real_server(server):
    """One school for all of it: setting one up takes longer than what is proved."""
    nothing_is_left_of_what_is_refused(server)
    path = a_hundred_megabytes_go_up_and_down_in_constant_memory(server)
    films_leave_half_of_the_threads_to_others(server, path)
    short_answers_leave_all_of_them(server)


def a_hundred_megabytes_go_up_and_down_in_constant_memory(server):
    for _thread in range(2 * THREADS):
        upload(server, 1000)  # what is loaded once, and each thread's own memory, is there now
    worker = worker_of(server)
    grown = []
    for _try in range(2):
        with Growth(worker) as up:
            status, body = upload(server, HUNDRED)
        assert status == 201, body
        grown.append(up.bytes)
    path = f"/api/v1/files/{json.loads(body)['id']}/download"
    with Growth(worker) as down:
        line, head, total = ask(server, path)
        line.close()
    assert " 200 " in head.splitlines()[0] and total == HUNDRED
    assert min(grown) < 20 * MEGABYTE, grown
    assert down.bytes < 20 * MEGABYTE, down.bytes
    return path


def films_leave_half_of_the_threads_to_others(server, path):
    """A player that pauses holds a thread: half of them at most, and its going away frees it."""
    paused = [ask(server, path, read=False) for _number in range(THREADS)]
    states = sorted(head.split()[1] for _line, head, _total in paused)
    assert states == ["200"] * (THREADS // 2) + ["503"] * (THREADS // 2)
    assert all("Retry-After: 2\r" in head for _line, head, _total in paused if " 503 " in head)
    for _number in range(5):  # without a thread left for it, it would wait until the players go
        assert server.call("GET", "/users/me", token=server.bearer)[0] == 200
    for line, _head, _total in paused:
        line.close()

    def is_free():
        line, head, _total = ask(server, path, read=False)
        line.close()
        return " 200 " in head

    wait_until(is_free, 10, "a place among the streams")


def short_answers_leave_all_of_them(server):
    """The system's buffer takes the longest answer without a place among the streams, though nobody reads it."""
    _status, body = upload(server, SMALL)
    path = f"/api/v1/files/{json.loads(body)['id']}/download"
    unread = [ask(server, path, read=False) for _number in range(2 * THREADS)]
    assert [head.split()[1] for _line, head, _total in unread] == ["200"] * 2 * THREADS
    assert server.call("GET", "/users/me", token=server.bearer)[0] == 200
    for line, _head, _total in unread:
        line.close()


def nothing_is_left_of_what_is_refused(server):
    """Five gigabytes announced, no length at all, and a client that goes away in the middle."""
    assert b" 413 " in first_line(server, f"Content-Length: {5 * 1024**3}")
    assert b" 411 " in first_line(server, "Transfer-Encoding: chunked")
    upload(server, 20 * MEGABYTE, send=10 * MEGABYTE)
    assert server.call("GET", "/files", token=server.bearer)[1]["total"] == 0
    assert server.rows("SELECT count(*) FROM files_storedfile") == [(0,)]
    assert files_on_disk(server.folder / "files") == []
    assert files_on_disk(server.folder / "tmp") == []


def first_line(server, header):
    with socket.create_connection(("127.0.0.1", server.web_port), timeout=10) as line:
        line.sendall(
            f"POST /api/v1/files HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.bearer}\r\n"
            f"Content-Type: multipart/form-data; boundary=border\r\n{header}\r\n\r\n".encode()
        )
        return line.recv(64)
