"""`make bench`: prints the tables and writes them to docs/performance.md. `--quick` measures less often."""

from __future__ import annotations

import argparse
import json
import os
import platform as machine
import statistics
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

import requests

from benchmarks import cold_start, gateway, handlers, layer, stages, tapes
from local.host import LocalPlatform
from local.invoke import fill

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
DRAWN = ROOT / "docs" / "cold-start.svg"
LOOKED_INTO = (
    "coins/issue_coins",
    "coins/read_balance",
    "customers/post_customer_transaction",
    "gateway/report_heads",
    "transactions/refund_transaction",
    "auth/obtain_token",
    "platform/check_health",
    "transactions/aggregate_entries",
)
COLD = "<!-- cold starts: written by `make bench` -->"
MARK = "<!-- figures: written by `make bench` -->"
ISSUE, REDEEM = "/api/v1/merchant/coins/issue", "/api/v1/merchant/coins/redeem"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, nothing written")
    parser.add_argument("--cold-only", action="store_true", help="the cold starts alone")
    options = parser.parse_args()
    starts = _cold_starts(2 if options.quick else 4)
    spent, drawn = _stages()
    print(starts, spent, sep="\n")
    if not options.quick:
        _write(COLD, f"{_machine()}\n\n{starts}\n{spent}")
        DRAWN.write_text(drawn, encoding="utf-8")
    if not options.cold_only:
        tables = _running(20 if options.quick else 200)
        print("\n".join(tables))
        if not options.quick:
            _write(MARK, _machine() + "\n\n" + "\n".join(tables))
    return 0


def _write(mark: str, figures: str) -> None:
    """Puts figures where a mark stands in the page, in place of those up to the next mark."""
    before, _, after = PAGE.read_text(encoding="utf-8").partition(mark)
    _, following, rest = after.partition("\n<!-- ")
    PAGE.write_text(f"{before}{mark}\n\n{figures}{following}{rest}", encoding="utf-8")
    print(f"written to {PAGE.relative_to(ROOT)}")


def _cold_starts(rounds: int) -> str:
    files = sorted(ROOT.glob("functions/*/*.py"))
    with tapes.recorded() as requests:
        return _cold_table(cold_start.measure(files, requests, rounds))


def _cold_table(measured: cold_start.Measured) -> str:
    ratios = [measured.ratios(one) for one in measured.functions]
    asked = [answered for one, (_, answered) in zip(measured.functions, ratios, strict=True) if one.status > 0]
    rows = []
    for one, (start, answered) in zip(measured.functions, ratios, strict=True):
        first = (f"{1000 * one.answered:.0f}", f"{answered:.2f}", str(one.status)) if one.status > 0 else ("-",) * 3
        rows.append((one.name, f"{1000 * one.start:.0f}", f"{start:.2f}", *first))
    return (
        "### Cold start\n\n"
        f'CPU milliseconds. `import boto3; boto3.client("dynamodb")` takes {1000 * measured.baseline.start:.0f}, and '
        f"{1000 * measured.baseline.answered:.0f} with its first call. "
        f"{sum(start <= 1 for start, _ in ratios)} of {len(rows)} functions start within the budget of 1.00 "
        f"(median {statistics.median(start for start, _ in ratios):.2f}); with their first request "
        f"{sum(each <= 1 for each in asked)} of {len(asked)} do (median {statistics.median(asked):.2f}).\n\n"
        + _table(("function", "start", "ratio", "with 1st request", "ratio", "status"), rows)
    )


def _stages() -> tuple[str, str]:
    """Where the imports of some functions take their time: a table, and the first one's flame graph."""
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "ap-south-1"}
    path = layer.build().path
    trees = {name: stages.imports(str(ROOT / f"functions/{name}.py"), path, keys) for name in LOOKED_INTO}
    rows = [
        (name, *(f"{spent:.0f}" for spent in stages.by_stage(tree).values()), f"{tree.whole:.0f}")
        for name, tree in trees.items()
    ]
    name, tree = next(iter(trees.items()))
    return (
        "### Where the time of imports goes (ms)\n\n"
        + _table(("function", *stages.STAGES, stages.OTHERS, "all imports"), rows),
        stages.flame_graph(tree, f"{name}: {tree.whole:.0f} ms of imports"),
    )


def _running(count: int) -> list[str]:
    os.environ["LOG_LEVEL"] = "ERROR"
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder, LocalPlatform(credentials=Path(folder) / "keys.json") as platform:
        credentials = json.loads(platform.credentials.read_text())
        events = _events(credentials)
        own = handlers.measure(platform, events, count)
        rates = gateway.rates(platform, _calls(platform.url, credentials), count)
        units = _units(platform, credentials)
    return [
        "### A handler's own time, without the network (median)\n\n"
        + _table(
            ("function", "whole ms", "of it botocore's calls", "own ms", "own / botocore"),
            [
                (o.name, f"{o.whole:.2f}", f"{o.bare:.2f} ({o.calls})", f"{o.own:.2f}", _ratio(o.own, o.bare))
                for o in own
            ],
        ),
        "### Requests a second through the local gateway (embedded AWS included)\n\n"
        + _table(
            ("request", "one by one", "eight at once"), [(r.name, f"{r.one:.0f}", f"{r.many:.0f}") for r in rates]
        ),
        "### Round trips and capacity units, as the engine counts them\n\n"
        + _table(
            ("request", "round trips", "RRU", "WRU"),
            [(u.name, str(u.round_trips), f"{u.read:g}", f"{u.write:g}") for u in units],
        ),
    ]


def _events(credentials: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The sample events of the counter's hot functions, and of the plainest one for comparison."""
    names = {
        "IssueCoins": "coins/issue_coins",
        "RedeemCoins": "coins/redeem_coins",
        "ReadBalance": "coins/read_balance",
        "PostCustomerTransaction": "customers/post_customer_transaction",
        "CheckHealth": "platform/check_health",
    }
    return {
        name: fill(json.loads((ROOT / f"events/{path}.json").read_text()), credentials) for name, path in names.items()
    }


def _calls(url: str, credentials: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {credentials['merchant_live_key']}"}

    def request(session: requests.Session, method: str, path: str, **more: Any) -> None:
        session.request(method, url + path, headers=headers, timeout=30, **more).raise_for_status()

    return {
        "issue": lambda session, number: request(
            session, "POST", ISSUE, json={"phone": f"+9190000{number % 5000:05d}", "coins": 10}
        ),
        "redeem": lambda session, number: request(
            session, "POST", REDEEM, json={"phone": f"+9190000{number % 5000:05d}", "coins": 1}
        ),
        "balance": lambda session, number: request(
            session, "GET", "/api/v1/merchant/customers/balance", params={"phone": f"+9190000{number % 5000:05d}"}
        ),
        "health": lambda session, number: request(session, "GET", "/api/v1/health"),
    }


def _units(platform: LocalPlatform, credentials: dict[str, Any]) -> list[gateway.Units]:
    headers = {"Authorization": f"Bearer {credentials['merchant_live_key']}"}
    phone, key = credentials["samples"]["phone"], str(uuid.uuid4())

    def post(path: str, body: dict[str, Any], **more: str) -> None:
        requests.post(platform.url + path, json=body, headers={**headers, **more}, timeout=30)

    post(ISSUE, {"phone": phone, "coins": 10})
    newcomer = f"+9191{uuid.uuid4().int % 10**8:08d}"
    requests_made = {
        "issue": lambda: post(ISSUE, {"phone": phone, "coins": 50}, **{"Idempotency-Key": key}),
        "issue, replayed": lambda: post(ISSUE, {"phone": phone, "coins": 50}, **{"Idempotency-Key": key}),
        "issue to a new phone number": lambda: post(ISSUE, {"phone": newcomer, "coins": 50}),
        "redeem": lambda: post(REDEEM, {"phone": phone, "coins": 5}),
        "redeem, refused": lambda: post(REDEEM, {"phone": phone, "coins": 10**9}),
        "balance": lambda: requests.get(
            f"{platform.url}/api/v1/merchant/customers/balance", params={"phone": phone}, headers=headers, timeout=30
        ),
    }
    return [gateway.units(platform, name, call) for name, call in requests_made.items()]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(row: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"

    return "\n".join([line(head), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)]) + "\n"


def _ratio(part: float, whole: float) -> str:
    return f"{part / whole:.2f}" if whole else "-"


def _machine() -> str:
    return f"Measured with CPython {machine.python_version()} on {os.cpu_count()} cores ({machine.machine()})."


if __name__ == "__main__":
    sys.exit(main())
