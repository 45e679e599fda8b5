"""Many questions of which each is another one, asked by some clients at once; `ab` asks for one and the same."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Question:
    """What is asked of the server: an address, and for a POST the form's fields as they are sent."""

    path: str
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answers:
    """How many milliseconds each took, the shortest first; their number by status; and the seconds that all took."""

    took: list[float]
    statuses: Counter[int]
    seconds: float

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds

    def percentile(self, share: int) -> float:
        return self.took[min(len(self.took) * share // 100, len(self.took) - 1)]


def ask_all(host: str, port: int, questions: Sequence[Question], clients: int) -> Answers:
    """Ask each question once, `clients` of them at a time, each client by a connection of its own."""
    waiting = iter(questions)
    lock = threading.Lock()
    took: list[float] = []
    statuses: Counter[int] = Counter()

    def act() -> None:
        connection = http.client.HTTPConnection(host, port, timeout=60)
        while True:
            with lock:
                question = next(waiting, None)
            if question is None:
                connection.close()
                return
            began = time.perf_counter()
            method = "GET" if question.body is None else "POST"
            connection.request(method, question.path, question.body, question.headers)
            answer = connection.getresponse()
            answer.read()
            milliseconds = 1000 * (time.perf_counter() - began)
            with lock:
                took.append(milliseconds)
                statuses[answer.status] += 1

    threads = [threading.Thread(target=act) for _client in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Answers(sorted(took), statuses, time.perf_counter() - began)
