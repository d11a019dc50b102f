"""`python -m benchmarks.imports`: how long an import takes on this machine, and what a row costs.

A file of balances is announced, uploaded, checked and applied through the local gateway. The embedded engine works at
one transaction at a time, so the rows a second are those of this machine; the units of a row are those of DynamoDB.
`--print` writes nothing; else the figures go to docs/performance.md.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from unittest import mock

import requests

from benchmarks import pricing
from benchmarks.pages import write_between
from local.aws.meter import Call
from local.host import LocalPlatform

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BEGIN: Final = "<!-- imports: written by `python -m benchmarks.imports` -->"
END: Final = "<!-- end of imports -->"
IMPORTS: Final = "/api/v1/rewards/imports"
ROWS_OF_A_PART: Final = 500
COUNTED_ROWS: Final = 1000
UNITS: Final = ("row write", "row read", "behind write", "behind read")
MOST_SECONDS: Final = 4 * 3600


class Units:
    """Capacity units by who spent them: the threads that post rows, and everything that runs beside and behind them."""

    def __init__(self) -> None:
        self.spent = Counter[str]()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def counted(self, platform: LocalPlatform) -> Iterator[None]:
        meter = platform.embedded_aws.meter
        count = meter.ended

        def ended(call: Call) -> None:
            of = "row" if threading.current_thread().name.startswith("import-row") else "behind"
            with self._lock:
                self.spent[f"{of} write"] += round(call.write_units * 2)
                self.spent[f"{of} read"] += round(call.read_units * 2)
            count(call)

        with mock.patch.object(meter, "ended", ended):
            yield

    def per_row(self, what: str, rows: int) -> float:
        return self.spent[what] / 2 / rows


def content(rows: int, first: int = 0) -> bytes:
    """Balances of as many customers, each with a date of its own in the next years."""
    lines = ["Mobile No,Points,Valid till,Bill no"]
    lines += [
        f"+9170{first + n:08d},{20 + n % 900},{1 + n % 28:02d}/{1 + n % 12:02d}/{2030 + n % 3},M-{n}"
        for n in range(rows)
    ]
    return ("\n".join(lines) + "\n").encode()


def measure(platform: LocalPlatform, rows: int) -> dict[str, Any]:
    """Counts the units of a row with a small file and all that follows it, then times one of so many rows."""
    small = min(rows, COUNTED_ROWS)
    counted = _import(platform, content(small, first=90_000_000), small, drained=True)
    return {**counted, **_import(platform, content(rows), rows, drained=False), "counted rows": small}


def _import(platform: LocalPlatform, file: bytes, rows: int, *, drained: bool) -> dict[str, Any]:
    person = json.loads(platform.credentials.read_text())["tenant_admin"]
    session = requests.Session()
    session.headers.update({"Authorization": f"Bearer {person['token']}", "X-Reauthentication": person["proof"]})
    made = _done(session.post(platform.url + IMPORTS, json={"file_name": "bench.csv", "size": len(file)}, timeout=60))
    link = made["upload"]
    requests.request(link["method"], link["url"], data=file, headers=link["headers"], timeout=60).raise_for_status()
    units, figures = Units(), {"rows": rows, "bytes": len(file)}
    for phase, ends in (("check", "checked"), ("apply", "applied")):
        with units.counted(platform):
            began = time.monotonic()
            cpu = time.process_time()
            _done(session.post(f"{platform.url}{IMPORTS}/{made['id']}/{phase}", json={}, timeout=60))
            record = _wait(made["id"], lambda status, ends=ends: status == ends or status.endswith("_failed"))
            figures[f"{phase} seconds"] = time.monotonic() - began
            figures[f"{phase} cpu"] = time.process_time() - cpu
            if record.status != ends:
                raise RuntimeError(f"the import is {record.status}: {record.reason}")
            if phase == "check":
                units.spent.clear()
            elif drained:
                platform.embedded_aws.drain(600)
    if drained:
        figures |= {name: units.per_row(name, rows) for name in UNITS}
    figures["imported"] = record.counts["imported"]
    figures["coins"] = record.counts["coins_imported"]
    return figures


def _done(answer: requests.Response) -> Any:
    if answer.status_code >= 300:
        raise RuntimeError(answer.text)
    return answer.json()["data"]


def _wait(id: str, ended: Callable[[str], bool]) -> Any:
    """The record itself: a token would run out meanwhile."""
    from batua.imports.record import read_import_record
    from batua.store.store import store

    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        found = _record(id)
        if found is not None:
            record = read_import_record(found)
            if ended(record.status):
                return record
        time.sleep(0.25)
    raise TimeoutError(f"the import {id} has not ended; the store is {store()}")


def _record(id: str) -> Any:
    from batua.store import import_keys, keys
    from batua.store.store import store
    from local.seeds.writing import fixed_id

    owner = fixed_id("ten", "Sitara Network")
    key = import_keys.import_key(keys.scope("live", owner), owner, id)
    return store().read([key])[key]


def report(figures: dict[str, Any]) -> str:
    """The figures as Markdown, with what a million rows cost in each region."""
    rows, parts = figures["rows"], -(-figures["rows"] // ROWS_OF_A_PART)
    write, read = figures["row write"], figures["row read"]
    behind_write, behind_read = figures["behind write"], figures["behind read"]
    lines = [
        f"{rows:,} rows ({figures['bytes'] / 1e6:.1f} MB, {parts} parts of {ROWS_OF_A_PART}): checked in "
        f"{figures['check seconds']:.0f} s ({rows / figures['check seconds']:,.0f} rows a second), applied in "
        f"{figures['apply seconds']:.0f} s ({rows / figures['apply seconds']:,.0f} rows a second), "
        f"{figures['imported']:,} rows brought in, none twice. Engine, functions and what follows on the stream share "
        f"one process ({figures['apply cpu']:.0f} s of CPU).",
        "",
        f"| per row (counted with {figures['counted rows']:,} rows) | write units | read units |",
        "|---|---:|---:|",
        f"| the row itself (its transaction) | {write:.2f} | {read:.2f} |",
        f"| beside and behind it: look-ups, event, totals | {behind_write:.2f} | {behind_read:.2f} |",
        "",
    ]
    for region in pricing.regions():
        listed = pricing.prices(region)
        cost = 1_000_000 * (
            Decimal(str(write + behind_write)) * listed["write_units"].usd / listed["write_units"].per
            + Decimal(str(read + behind_read)) * listed["read_units"].usd / listed["read_units"].per
        )
        lines.append(f"- a million rows in {region}: {cost:.2f} USD of DynamoDB")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--print", action="store_true", help="nothing written")
    options = parser.parse_args()
    os.environ["LOG_LEVEL"] = "ERROR"
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(io.StringIO()),
        LocalPlatform(credentials=Path(folder) / "keys.json") as platform,
    ):
        figures = measure(platform, options.rows)
        print(json.dumps(figures), file=sys.stderr, flush=True)
    text = report(figures)
    print(text)
    if not options.print:
        write_between(PAGE, BEGIN, END, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
