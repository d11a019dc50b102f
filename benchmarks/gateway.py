"""Requests a second through the local gateway, one after another and many at once, and their capacity units."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from unittest import mock

import requests

from local.aws.meter import Call, Recording
from local.host import LocalPlatform


@dataclass(frozen=True)
class Rate:
    name: str
    one: float
    many: float


@dataclass(frozen=True)
class Units:
    name: str
    round_trips: int
    read: float
    write: float


def rates(platform: LocalPlatform, calls: dict[str, Any], count: int, threads: int = 8) -> list[Rate]:
    """`calls`: name -> function of a session and a number that makes one request."""
    results = []
    for name, call in calls.items():
        with requests.Session() as session:
            session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=threads))
            call(session, 0)
            began = time.perf_counter()
            for number in range(1, count + 1):
                call(session, number)
            one = count / (time.perf_counter() - began)
            with ThreadPoolExecutor(threads) as pool:
                began = time.perf_counter()
                list(
                    pool.map(lambda number, call=call, session=session: call(session, number), range(count, 2 * count))
                )
                many = count / (time.perf_counter() - began)
        results.append(Rate(name, one, many))
    return results


def units(platform: LocalPlatform, name: str, call: Any) -> Units:
    """What one request costs, as the engine counted it; not what the functions behind the stream do with it later."""
    meter = platform.embedded_aws.meter
    platform.embedded_aws.drain()
    calls: list[tuple[int, Call]] = []
    with mock.patch.object(meter, "ended", lambda ended: calls.append((threading.get_ident(), ended))):
        call()
    own = Recording(ended for thread, ended in calls if thread == calls[0][0])
    return Units(name, own.round_trips, own.read_units, own.write_units)
