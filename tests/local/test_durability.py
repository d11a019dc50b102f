"""A platform with a store in a file is killed at any moment, and goes on as if nothing had been.

Each round works on it from several clients, kills the process with SIGKILL at a random moment and starts it again:
what was answered is there once, what was not is done once when it is asked again, and everything else goes on. KILLS
says how often (2; `KILLS=50 make test ARGS=tests/local/test_durability.py` for the whole).
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests

from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("KILLS", "2"))
CLIENTS = 4
PROGRAM = """
import sys
import time
from pathlib import Path
from local.host import LocalPlatform
folder = Path(sys.argv[1])
with LocalPlatform(
    port=int(sys.argv[2]), store="file", data_file=folder / "store.sqlite", credentials=folder / "keys.json", workers=2
) as platform:
    while platform.workers.ready < 2:
        time.sleep(0.01)
    print("ready", flush=True)
    for line in sys.stdin:
        platform.embedded_aws.drain()
        from batua import clock
        from batua.audit.verify import verify_scope
        from batua.store.store import store
        report = verify_scope(store(), line.strip(), None, clock.system())
        print(len(report.findings), *report.findings, flush=True)
"""


class Machine:
    """The process and what its clients know."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None
        self.keys: dict[str, Any] = {}
        self.starts: list[float] = []
        """Seconds that each start took until it was ready."""

    def start(self) -> None:
        environment = {**os.environ, "LOG_LEVEL": "ERROR", "PYTHONPATH": f"{ROOT / 'layers/core'}{os.pathsep}{ROOT}"}
        errors = (self.folder / "errors.txt").open("a")
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(self.folder), str(self.port)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        assert self.process.stdout
        ready = self.process.stdout.readline()
        assert ready == "ready\n", (self.folder / "errors.txt").read_text()[-3000:]
        self.starts.append(time.monotonic() - began)
        if not self.keys:
            self.keys = json.loads((self.folder / "keys.json").read_text())

    def kill(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def verify(self, scope: str) -> str:
        assert self.process
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{scope}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def call(self, method: str, path: str, key: str, body: Any = None, **headers: str) -> requests.Response:
        return requests.request(
            method,
            self.url + path,
            json=body,
            headers={"Authorization": f"Bearer {key}", **headers},
            timeout=20,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    machine.start()
    yield machine
    machine.stop()


class Counter:
    """Clients that issue coins, each to a customer of its own, and what they were answered."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.key = machine.keys["merchant_live_key"]
        self.answered: dict[str, str] = {}
        self.asked: dict[str, list[str]] = {f"+9199000000{number:02d}": [] for number in range(10, 10 + CLIENTS)}
        self.ended = threading.Event()
        self.threads: list[threading.Thread] = []

    def issue(self, phone: str, reference: str) -> requests.Response:
        body = {"phone": phone, "coins": 1, "reference": reference}
        return self.machine.call("POST", "/api/v1/merchant/coins/issue", self.key, body)

    def work(self) -> None:
        self.ended.clear()

        def serve(phone: str) -> None:
            while not self.ended.is_set():
                reference = f"{phone}-{len(self.asked[phone])}"
                self.asked[phone].append(reference)
                try:
                    answer = self.issue(phone, reference)
                except requests.RequestException:
                    return
                if answer.status_code == 200:
                    self.answered[reference] = answer.json()["data"]["transaction_id"]

        self.threads = [threading.Thread(target=serve, args=(phone,)) for phone in self.asked]
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def settle(self) -> None:
        """Asks again for everything: what was answered is the same, and what was not counts once."""
        for phone, references in self.asked.items():
            for reference in references[-8:]:
                answer = self.issue(phone, reference)
                assert answer.status_code == 200, answer.text
                if reference in self.answered:
                    assert answer.headers["Idempotency-Replayed"] == "true"
                    assert answer.json()["data"]["transaction_id"] == self.answered[reference]
            balance = self.machine.call(
                "GET", f"/api/v1/merchant/customers/balance?phone=%2B{phone[1:]}", self.key
            ).json()["data"]["balance"]
            assert balance == len(references)


class Office:
    """A document that was uploaded, and a balance request whose workflow waits for the parent."""

    CONTENT = b"%PDF-1.7\n" + b"1 0 obj\nendobj\n" * 20 + b"%%EOF\n"
    GATEWAY = "/gateway/wallet/api"

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.admin, self.parent, self.child = (
            machine.keys[name] for name in ("tenant_admin", "prayog_parent", "prayog_child")
        )
        asked = {"name": "paper", "media_type": "application/pdf", "size": len(self.CONTENT)}
        made = machine.call("POST", "/api/v1/tenant/documents", self.admin["token"], asked).json()["data"]
        self.document, link = made["id"], made["upload"]
        sent = requests.request(link["method"], link["url"], data=self.CONTENT, headers=link["headers"], timeout=20)
        assert sent.ok, sent.text
        assert self.download() == self.CONTENT
        body = {"amount": 100, "walletCustomerId": "customer-1", "remarks": "Stock for the season"}
        waiting = self.gateway("POST", "/balance-request", self.child, body)
        assert waiting.status_code == 200, waiting.text
        self.request = waiting.json()["data"]["id"]

    def gateway(self, method: str, path: str, party: dict[str, Any], body: Any = None) -> requests.Response:
        named = {"X-Tenant-Id": party["tenant_id"], "X-User-Id": "office"}
        return self.machine.call(method, self.GATEWAY + path, party["token"], body, **named)

    def renew(self) -> None:
        """A session outlives the process that began it, and the quarter of an hour of its access token."""
        path, asked = "/api/v1/auth/token/refresh", {"refresh_token": self.admin["refresh_token"]}
        renewed = self.machine.call("POST", path, self.admin["token"], asked)
        assert renewed.status_code == 200, renewed.text
        tokens = renewed.json()["data"]
        self.admin |= {"token": tokens["access_token"], "refresh_token": tokens["refresh_token"]}

    def download(self) -> bytes:
        path = f"/api/v1/tenant/documents/{self.document}"
        read = self.machine.call("GET", path, self.admin["token"]).json()["data"]
        return requests.get(read["download"]["url"], timeout=20).content

    def decide(self) -> str:
        """Approves the request, and waits for its workflow. Returns its last step."""
        decided = self.gateway("PUT", f"/balance-requests/{self.request}/approve", self.parent, {})
        assert decided.status_code == 200, decided.text

        def step() -> str | None:
            listed = self.gateway("GET", "/my-balance-requests", self.child).json()["data"]
            found = str(next(one for one in listed if one["id"] == self.request)["workflow"]["step"])
            return None if found in ("WAITING", "SETTLING") else found

        return until(step, otherwise=f"the request {self.request} settled")


def test_nothing_is_lost_and_nothing_counts_twice_whenever_the_process_is_killed(machine: Machine) -> None:
    dice = random.Random(7)
    counter, office = Counter(machine), Office(machine)
    for _ in range(KILLS):
        counter.work()
        time.sleep(dice.uniform(0.2, 1.2))
        machine.kill()
        counter.stop()
        machine.start()
        # With a key and a session of before the first start: what signed them was kept.
        counter.settle()
        office.renew()
        assert office.download() == office.CONTENT
    assert office.decide() == "SETTLED"
    # Waits for what is on its way, and compares the daily totals too.
    assert machine.verify(f"L#{_owner(counter.key)}") == "0"
    asked = sum(map(len, counter.asked.values()))
    print(  # noqa: T201 - the figures of docs/performance.md, with -s
        f"{KILLS} kills, {asked} issues sent, {len(counter.answered)} answered before a kill; "
        f"none lost, none twice; started again in {statistics.median(machine.starts):.1f} s (median), "
        f"{max(machine.starts):.1f} s (longest)"
    )


def _owner(key: str) -> str:
    return str(jwt.decode(key, options={"verify_signature": False})["own"])
