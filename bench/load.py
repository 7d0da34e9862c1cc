"""A small load generator: keep-alive connections from a few processes, every answer checked and timed."""

import http.client
import multiprocessing
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Call = tuple[str, str, dict[str, str], bytes]  # method, path, headers, body


@dataclass
class Path:
    """One measured path. `calls` makes the requests of one client (index, count)."""

    name: str
    calls: Callable[[int, int], list[Call]]
    requests: int = 2000
    expected: tuple[int, ...] = (200,)
    reads: bool = True


@dataclass
class Figures:
    """What came of it; times in milliseconds."""

    name: str
    per_second: float
    p50: float
    p95: float
    p99: float
    wrong: dict[int, int] = field(default_factory=dict)

    def row(self) -> str:
        """One line of the table."""
        bad = f"  unexpected: {self.wrong}" if self.wrong else ""
        return f"{self.name:<44}{self.per_second:>9.0f}{self.p50:>9.1f}{self.p95:>9.1f}{self.p99:>9.1f}{bad}"


HEADER = f"{'path':<44}{'req/s':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}"


def _client(port: int, calls: list[Call], start: float, out: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.connect()
    time.sleep(max(0.0, start - time.time()))
    times, statuses = [], {}
    for method, path, headers, body in calls:
        began = time.perf_counter()
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - began) * 1000)
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
    out.put((times, statuses))


def measure(path: Path, port: int, clients: int = 8) -> Figures:
    """Run `path` with `clients` parallel connections; return its figures."""
    each = max(1, path.requests // clients)
    out: multiprocessing.Queue = multiprocessing.Queue()  # type: ignore[type-arg]
    start = time.time() + 1.0
    processes = [
        multiprocessing.Process(target=_client, args=(port, path.calls(index, each), start, out))
        for index in range(clients)
    ]
    for process in processes:
        process.start()
    results = [out.get(timeout=300) for _process in processes]
    took = time.time() - start
    for process in processes:
        process.join()
    times = sorted(t for client, _statuses in results for t in client)
    wrong: dict[int, int] = {}
    for _times, statuses in results:
        for status, count in statuses.items():
            if status not in path.expected:
                wrong[status] = wrong.get(status, 0) + count
    cuts = statistics.quantiles(times, n=100)
    return Figures(path.name, len(times) / took, cuts[49], cuts[94], cuts[98], wrong)
