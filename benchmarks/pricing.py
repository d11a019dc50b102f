"""USD per million uses: what was counted, times the price list. Pure.

Money is Decimal, from the text of `prices.toml` to the table.
"""

from __future__ import annotations

import math
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

PRICES: Final = Path(__file__).with_name("prices.toml")
MILLION: Final = 1_000_000
GIGABYTE: Final = 1024**3

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "DynamoDB": ("write_units", "read_units"),
    "Lambda": ("lambda_requests", "lambda_gb_seconds"),
    "HTTP API": ("http_requests",),
    "Step Functions": ("state_transitions",),
    "SQS, bus": ("queue_requests", "bus_events"),
    "logs": ("log_gigabytes",),
    "CloudFront": ("edge_requests", "edge_gigabytes_out", "edge_gigabytes_in"),
}
"""Column of the table -> the quantities that it adds up."""


@dataclass(frozen=True, slots=True)
class Price:
    """USD for `per` units of one quantity, and where that is said."""

    usd: Decimal
    per: int
    source: str
    seen: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a machine without AWS cannot measure; see `prices.toml`."""

    core_megabytes: int
    milliseconds: Mapping[str, int]
    lambda_log_bytes: int
    access_log_bytes: int
    edge_overhead_bytes: int
    queue_requests_per_message: int


@dataclass(frozen=True, slots=True)
class Run:
    """One invocation of a function: its own CPU time, what it called, and what it wrote to its log."""

    function: str
    megabytes: int
    cpu_milliseconds: float
    calls: tuple[str, ...] = ()
    """Operations, DynamoDB's and others', in their order."""
    read_units: float = 0
    write_units: float = 0
    log_bytes: int = 0
    queued: bool = False
    """Whether it was called by a queue's message, whoever sent that."""


@dataclass(frozen=True, slots=True)
class Use:
    """What one use set off: its HTTP requests, the functions that answered, and those that ran behind it."""

    name: str
    requests: int
    answered: tuple[Run, ...]
    behind: tuple[Run, ...] = ()
    transitions: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    count: int = 1
    """How many there were of it within a second. What they set off together is divided among them."""


def prices(region: str) -> dict[str, Price]:
    """The price list of a region, by quantity. Raises KeyError for a region that the file does not have."""
    content = tomllib.loads(PRICES.read_text())
    sources = content["sources"]
    return {
        name: Price(Decimal(row["usd"]), row["per"], sources[row["source"]], row["seen"].isoformat(), row["confirmed"])
        for name, row in content["prices"][region].items()
    }


def regions() -> list[str]:
    return list(tomllib.loads(PRICES.read_text())["prices"])


def assumed() -> Assumed:
    return Assumed(**tomllib.loads(PRICES.read_text())["assumed"])


def budget() -> dict[str, Decimal]:
    """What one issue or redemption may take of DynamoDB at most."""
    return {name: Decimal(value) for name, value in tomllib.loads(PRICES.read_text())["budget"].items()}


def goals() -> dict[str, Decimal]:
    """USD for a million of a use in us-east-1, with all that follows, that it is to stay within."""
    return {name: Decimal(value) for name, value in tomllib.loads(PRICES.read_text())["goals"].items()}


def billed_milliseconds(run: Run, given: Assumed) -> int:
    """Own time on the share of a core that the memory buys, and the waiting; Lambda bills begun milliseconds."""
    share = min(1.0, run.megabytes / given.core_megabytes)
    waiting = sum(given.milliseconds.get(call.rpartition(".")[2], given.milliseconds["other"]) for call in run.calls)
    return max(1, math.ceil(run.cpu_milliseconds / share + waiting))


def quantities(use: Use, given: Assumed) -> dict[str, float]:
    """How much of each priced thing one use takes."""
    taken: dict[str, float] = defaultdict(float)
    for run in (*use.answered, *use.behind):
        taken["write_units"] += run.write_units
        taken["read_units"] += run.read_units
        taken["lambda_requests"] += 1
        taken["lambda_gb_seconds"] += run.megabytes / 1024 * billed_milliseconds(run, given) / 1000
        taken["queue_requests"] += run.queued * given.queue_requests_per_message
        taken["bus_events"] += run.calls.count("events.PutEvents")
        taken["log_gigabytes"] += (run.log_bytes + given.lambda_log_bytes) / GIGABYTE
    overhead = use.requests * given.edge_overhead_bytes
    taken["http_requests"] = taken["edge_requests"] = use.requests
    taken["edge_gigabytes_in"] = (use.bytes_in + overhead) / GIGABYTE
    taken["edge_gigabytes_out"] = (use.bytes_out + overhead) / GIGABYTE
    taken["log_gigabytes"] += use.requests * given.access_log_bytes / GIGABYTE
    taken["state_transitions"] = use.transitions
    return {name: amount / use.count for name, amount in taken.items()}


def per_million(taken: Mapping[str, float], listed: Mapping[str, Price]) -> dict[str, Decimal]:
    """USD for a million, by quantity."""
    return {
        name: Decimal(repr(amount)) * MILLION * listed[name].usd / listed[name].per for name, amount in taken.items()
    }


def dynamodb(runs: Sequence[Run], listed: Mapping[str, Price]) -> Decimal:
    """USD of DynamoDB for a million of these runs together."""
    units = {"write_units": sum(r.write_units for r in runs), "read_units": sum(r.read_units for r in runs)}
    return sum(per_million(units, listed).values(), Decimal())


def row(use: Use, listed: Mapping[str, Price], given: Assumed) -> tuple[str, ...]:
    """A line of the table: the columns, then their sum."""
    paid = per_million(quantities(use, given), listed)
    columns = [sum((paid.get(name, Decimal()) for name in names), Decimal()) for names in COLUMNS.values()]
    return (use.name, *map(dollars, [*columns, sum(columns, Decimal())]))


def dollars(amount: Decimal) -> str:
    return f"{amount:.2f}" if amount else "-"


def unconfirmed(listed: Mapping[str, Price]) -> list[str]:
    return [name for name, price in listed.items() if not price.confirmed]
