"""`make cost`: what a million of each use costs, printed as a table and written to docs/performance.md.

Units, calls, transitions and bytes are counted on the platform of this machine; prices and what is assumed stand in
`prices.toml`. `--print` writes nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import requests

from batua import observe
from batua.fraud.rules import EACH_COUNTED
from batua.identity.webhook_signatures import signature_headers
from batua.ledger.counting import RECENT_MS
from benchmarks import pricing
from benchmarks.pages import write_between
from benchmarks.pricing import Use
from benchmarks.uses import Traffic, Watch
from local.host import LocalPlatform

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BEGIN: Final = "<!-- cost: written by `make cost` -->"
END: Final = "<!-- end of cost -->"
ROUNDS: Final = 15
SETTLED_SECONDS: Final = 120
TOGETHER: Final = 20
"""Of a use that is also counted where it comes so often a second: 1.7 million a day, all day long."""
CUSTOMERS: Final = 40
"""They take turns: one who came back every second would look like fraud, which is watched for, and cost as such."""


class Uses:
    """The uses that are priced, as requests to a running platform with the seed's credentials."""

    def __init__(self, platform: LocalPlatform) -> None:
        self._platform = platform
        self._known = json.loads(platform.credentials.read_text())
        first = uuid.uuid4().int % 10**8
        self._phones = itertools.cycle([f"+9198{(first + number) % 10**8:08d}" for number in range(CUSTOMERS)])
        self._session = requests.Session()
        self._ticket = ""

    def prepare(self) -> None:
        """Warms the functions, and gives the customers coins: all but the first sale of a month find them there. The
        merchant is one at which the watch for fraud knows what is usual, and has a moment's rest after a burst."""
        for _ in range(max(CUSTOMERS, EACH_COUNTED)):
            self.issue()
        self._platform.embedded_aws.drain(30)
        time.sleep(1.5 * RECENT_MS / 1000)
        for _ in range(2):
            self.redeem()
            self.balance()
            self.webhook()
            self.ticket()
            self.reply()
            self.verification()
            self.unread()
        self._platform.embedded_aws.drain(30)

    def issue(self) -> Traffic:
        body = {"phone": next(self._phones), "bill_amount": 4990, "reference": f"INV-{uuid.uuid4().hex[:12]}"}
        return self._counter("POST", "/api/v1/merchant/coins/issue", json=body)

    def redeem(self) -> Traffic:
        body = {
            "phone": next(self._phones),
            "coins": 5,
            "bill_amount": 100,
            "reference": f"INV-{uuid.uuid4().hex[:12]}",
        }
        return self._counter("POST", "/api/v1/merchant/coins/redeem", json=body)

    def balance(self) -> Traffic:
        return self._counter("GET", "/api/v1/merchant/customers/balance", params={"phone": next(self._phones)})

    def webhook(self) -> Traffic:
        """A sale of a billing system, told and settled."""
        shop = self._known["pos"]
        sale = {
            "order_id": f"COST-{uuid.uuid4().hex[:12]}",
            "amount": "450.00",
            "status": "paid",
            "phone": next(self._phones),
            "updated_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        body = json.dumps(sale).encode()
        headers = signature_headers(f"msg_{uuid.uuid4().hex}", int(time.time()), body, [shop["secret"].encode()])
        traffic = Traffic()
        traffic.add(self._session.post(self._platform.url + shop["path"], data=body, headers=headers, timeout=30))
        return traffic

    def approval(self) -> Traffic:
        """A child asks for balance, the workflow waits, its parent approves, which settles."""
        traffic, path, waiting = Traffic(), "/gateway/wallet/api", self._running()
        asked = {"amount": 10, "walletCustomerId": "customer-1", "remarks": "Stock for the week"}
        answer = traffic.add(self._party("prayog_child", "POST", f"{path}/balance-request", asked))
        id = answer.json()["data"]["id"]
        self._until(self._waits_for_a_decision)
        traffic.add(self._party("prayog_parent", "PUT", f"{path}/balance-requests/{id}/approve", {}))
        self._settled(waiting)
        return traffic

    def ticket(self) -> Traffic:
        """A tenant's administrator writes to the operator; behind it, both sides are notified."""
        body = {"subject": f"Refund {uuid.uuid4().hex[:8]}", "description": "It is missing.", "priority": "high"}
        traffic = Traffic()
        answer = traffic.add(self._signed_in("tenant_admin", "POST", "/api/v1/tickets", json=body), 201)
        self._ticket = str(answer.json()["data"]["id"])
        return traffic

    def reply(self) -> Traffic:
        """The staff answer the newest ticket; behind it, its requester is notified."""
        traffic, path = Traffic(), f"/api/v1/tickets/{self._ticket}/comments"
        traffic.add(self._signed_in("staff", "POST", path, json={"body": "Which order is it?"}), 201)
        return traffic

    def verification(self) -> Traffic:
        body = {"pan": "ABCPV1234D", "consent": {"accepted": True, "text_version": "kyc-2026-11"}}
        traffic = Traffic()
        traffic.add(self._signed_in("tenant_admin", "POST", "/api/v1/tenant/cashfree/verify-pan", json=body))
        return traffic

    def unread(self) -> Traffic:
        """What the bell asks for."""
        traffic = Traffic()
        traffic.add(self._signed_in("tenant_admin", "GET", "/api/v1/notifications/unread-count"))
        return traffic

    def _signed_in(self, name: str, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._known[name]['token']}"}
        return self._session.request(method, self._platform.url + path, headers=headers, timeout=60, **more)

    def _settled(self, waiting: set[str]) -> None:
        """Until every execution has ended that was not running before."""
        self._until(lambda: not self._running() - waiting)

    def _waits_for_a_decision(self) -> bool:
        """Whether the newest execution has begun to wait, as it has long before a person decides."""
        client = self._platform.embedded_aws.client("stepfunctions")
        newest = max(self._executions(client), key=lambda each: each["startDate"])
        events = client.get_execution_history(executionArn=newest["executionArn"])["events"]
        return any(event["type"] == "TaskSubmitted" for event in events)

    def _until(self, reached: Callable[[], bool]) -> None:
        end = time.monotonic() + SETTLED_SECONDS
        while not reached():
            if time.monotonic() > end:
                raise TimeoutError("the workflow did not go on")
            time.sleep(0.05)

    def _running(self) -> set[str]:
        running = self._executions(self._platform.embedded_aws.client("stepfunctions"), statusFilter="RUNNING")
        return {execution["executionArn"] for execution in running}

    def _executions(self, client: Any, **which: str) -> list[Any]:
        machines = [one["stateMachineArn"] for one in client.list_state_machines()["stateMachines"]]
        found = [client.list_executions(stateMachineArn=arn, **which) for arn in machines]
        return [execution for page in found for execution in page["executions"]]

    def _counter(self, method: str, path: str, **more: Any) -> Traffic:
        headers = {"Authorization": f"Bearer {self._known['merchant_live_key']}"}
        traffic = Traffic()
        traffic.add(self._session.request(method, self._platform.url + path, headers=headers, timeout=30, **more))
        return traffic

    def _party(self, name: str, method: str, path: str, body: Any) -> requests.Response:
        party = self._known[name]
        headers = {
            "Authorization": f"Bearer {party['token']}",
            "X-Tenant-Id": party["tenant_id"],
            "X-User-Id": "cost",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        return self._session.request(method, self._platform.url + path, headers=headers, json=body, timeout=60)


def measure(platform: LocalPlatform, watch: Watch, rounds: int = ROUNDS) -> list[Use]:
    """Every use that is priced, counted and timed."""
    uses = Uses(platform)
    uses.prepare()
    return [
        watch.use("issue", uses.issue, rounds=rounds),
        watch.use("issue of twenty", uses.issue, rounds=min(rounds, 5), count=TOGETHER),
        watch.use("redeem", uses.redeem, rounds=rounds),
        watch.use("balance", uses.balance, rounds=rounds),
        watch.use("webhook in", uses.webhook, rounds=rounds),
        watch.use("webhook in of twenty", uses.webhook, rounds=min(rounds, 5), count=TOGETHER),
        watch.use("approval", uses.approval, rounds=min(rounds, 3)),
        watch.use("ticket", uses.ticket, rounds=min(rounds, 5)),
        watch.use("reply", uses.reply, rounds=min(rounds, 5)),
        watch.use("verification", uses.verification, rounds=min(rounds, 5)),
        watch.use("unread", uses.unread, rounds=min(rounds, 5)),
    ]


@contextlib.contextmanager
def watched() -> Iterator[tuple[LocalPlatform, Watch]]:
    """A platform of its own. What functions log is counted instead of printed; metrics are written as in Lambda."""
    watch, before = Watch(), os.environ.get("LOG_LEVEL")
    os.environ["LOG_LEVEL"] = "INFO"
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(watch.log):
        try:
            with LocalPlatform(credentials=Path(folder) / "keys.json") as platform:
                os.environ.pop("POWERTOOLS_METRICS_DISABLED", None)
                observe._metrics.cache_clear()  # what ran while the platform started found them off
                watch.platform = platform
                yield platform, watch
        finally:
            os.environ.pop("LOG_LEVEL") if before is None else os.environ.update(LOG_LEVEL=before)


def table(uses: list[Use], region: str) -> str:
    """USD per million uses in a region, as Markdown."""
    from benchmarks.__main__ import _table

    listed, given = pricing.prices(region), pricing.assumed()
    rows = [pricing.row(use, listed, given) for use in uses]
    text = f"#### {region}\n\n" + _table(("a million of", *pricing.COLUMNS, "USD"), rows)
    doubtful = pricing.unconfirmed(listed)
    return text + (f"\nNot confirmed from a price list of the region: {', '.join(doubtful)}.\n" if doubtful else "")


def units(uses: list[Use]) -> str:
    from benchmarks.__main__ import _table

    given, rows = pricing.assumed(), []
    for use in uses:
        for part, runs in (("", use.answered), (", behind it", use.behind)):
            if not runs:
                continue
            names = ", ".join(dict.fromkeys(run.function for run in runs))
            read, write = sum(run.read_units for run in runs), sum(run.write_units for run in runs)
            billed = sum(pricing.billed_milliseconds(run, given) for run in runs)
            own = sum(run.cpu_milliseconds for run in runs)
            each = (amount / use.count for amount in (read, write, len(runs)))
            counted = (*(f"{amount:.3g}" for amount in each), f"{own / use.count:.1f}", f"{billed / use.count:.3g}")
            rows.append((use.name + part, names, *counted, str(use.transitions or "-") if part else "-"))
    head = ("use", "functions", "RRU", "WRU", "runs", "own CPU ms", "billed ms", "transitions")
    return _table(head, rows)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make cost", description=__doc__)
    parser.add_argument("--print", action="store_true", help="nothing written")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    with watched() as (platform, watch):
        uses = measure(platform, watch, options.rounds)
    text = "\n".join([units(uses), *(table(uses, region) for region in pricing.regions())])
    print(text)
    if not options.print:
        write_between(PAGE, BEGIN, END, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
