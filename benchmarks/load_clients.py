"""Locust's clients for `benchmarks.load`, and what came of them."""

from __future__ import annotations

import random
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import gevent
from locust import FastHttpUser, constant_throughput
from locust.env import Environment

from benchmarks.load_options import Load

TWICE = 20
"""One posting of so many is sent a second time, with the same key."""

REFUSALS = {"customer_not_found", "insufficient_balance", "mir_limit_reached"}
"""What a counter is told on a good day."""


@dataclass
class Outcome:
    """By kind of work: how long each request took in milliseconds, and how often each answer came."""

    seconds: float = 0.0
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    replayed: int = 0
    differing: int = 0

    @property
    def success(self) -> float:
        """Share of requests that were answered with 2xx, or with a refusal that a counter meets on a good day."""
        every = sum(self.answers.values(), Counter[str]())
        return sum(count for answer, count in every.items() if _well(answer)) / max(1, every.total())

    def table(self) -> str:
        head = ("work", "requests", "a second", "succeeded", "p50 ms", "p99 ms", "answers")
        rows = [self._row(work) for work in sorted(self.answers)]
        lines = [head, tuple("-" * len(cell) for cell in head), *rows]
        text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        return f"{text}\n\n{self.replayed} postings were sent twice, {self.differing} of them answered differently."

    def _row(self, work: str) -> tuple[str, ...]:
        took, answers = sorted(self.took[work]), self.answers[work]
        well = sum(count for answer, count in answers.items() if _well(answer))
        counts = ", ".join(f"{count} x {answer}" for answer, count in sorted(answers.items()))
        many = answers.total()
        return (
            work,
            str(many),
            f"{many / self.seconds:.1f}",
            f"{100 * well / many:.2f} %",
            f"{took[len(took) // 2]:.0f}",
            f"{took[min(len(took) - 1, int(0.99 * len(took)))]:.0f}",
            counts,
        )


def run(load: Load) -> Outcome:
    """Makes the load, and ends it when its time is over. Ctrl-C ends it earlier."""
    outcome = Outcome()
    environment = Environment(user_classes=[_client(load, outcome)], host=load.url)
    environment.events.request.add_listener(lambda **event: _note(outcome, event))
    runner = environment.create_local_runner()
    runner.start(load.clients, spawn_rate=load.clients)
    began = gevent.get_hub().loop.now()
    try:
        gevent.sleep(load.seconds)
    except KeyboardInterrupt:
        pass
    finally:
        gevent.get_hub().loop.update_now()
        outcome.seconds = gevent.get_hub().loop.now() - began
        runner.quit()
    return outcome


def _client(load: Load, outcome: Outcome) -> type[FastHttpUser]:
    work = [name for name, share in load.mix.items() for _ in range(share)]

    class Client(FastHttpUser):
        wait_time = constant_throughput(load.rate / load.clients)
        network_timeout = connection_timeout = 30.0
        default_headers = {"Authorization": f"Bearer {load.key}"}  # noqa: RUF012 - Locust's own attribute

        def ask(self) -> None:
            phone = f"+9199{random.randrange(load.customers):08d}"
            match random.choice(work):
                case "balance":
                    query = f"/api/v1/merchant/customers/balance?phone=%2B{phone[1:]}"
                    with self.client.get(query, name="balance", catch_response=True) as response:
                        response.success()  # statuses are judged below, not by Locust
                case name:
                    self.post(name, {"phone": phone, "coins": 10 if name == "issue" else 1})

        def post(self, name: str, body: dict[str, Any]) -> None:
            headers = {"Idempotency-Key": str(uuid.uuid4())}
            answers = []
            for _ in range(2 if random.randrange(TWICE) == 0 else 1):
                path = f"/api/v1/merchant/coins/{name}"
                with self.client.post(path, json=body, headers=headers, name=name, catch_response=True) as response:
                    response.success()
                    answers.append((response.status_code, _named(response)))
            if len(answers) == 2 and all(status < 429 and status for status, _ in answers):
                outcome.replayed += 1
                outcome.differing += answers[0] != answers[1]

        tasks = [ask]  # noqa: RUF012 - Locust's own attribute

    return Client


def _named(response: Any) -> Any:
    """What a replay must repeat: the transaction, or the refusal's code."""
    answer = _json(response)
    return (answer.get("data") or {}).get("transaction_id") or answer.get("code")


def _note(outcome: Outcome, event: dict[str, Any]) -> None:
    response = event.get("response")
    status = getattr(response, "status_code", 0)
    answer = str(status) if status else "no answer"
    if status >= 400:
        answer = f"{status} {_json(response).get('code', '')}".strip()
    outcome.took[event["name"]].append(event["response_time"])
    outcome.answers[event["name"]][answer] += 1


def _json(response: Any) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _well(answer: str) -> bool:
    return answer.startswith("2") or answer.partition(" ")[2] in REFUSALS
