"""Paths and queries that were made to hurt, on every route and with a good credential: never a fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from batua.openapi.inventory import EndpointSource, endpoint_inventory
from local.host import ROOT, LocalPlatform
from tests.api.sample_events import event_of

HOSTILE = (
    *("", " ", "a\u0000b", "x" * 3_000, "../../etc", "%00", "\u202egpj.exe", "#", "a#b"),
    # Digits to `str.isdigit` that `int` refuses, and digits that it takes though no ASCII parser does.
    *("²", "٣", "１２"),
    *("-1", "1e9", "nan", "9" * 400, "0x10", "true"),
    *("0000-00-00", "2026-02-30", "9999-12-31", "0001-01-01", "9999-12-31T23:59:59Z", "2026-11-01T00:00:00+99:99"),
    *("ten_" + "7" + "Z" * 25, "txn_" + "8" * 26, "+919999999999999999", "~", "eyJhIjoxfQ.AAAA"),
)
ALL = [each for each in endpoint_inventory(ROOT) if each.event]
WITH_PATH = [each for each in ALL if each.event.get("pathParameters")]
READING = [each for each in ALL if each.declaration.method == "GET"]


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """One caller asks thousands of times here, and leaves no count behind. The limits have tests of their own."""
    monkeypatch.setattr("batua.api.limits.Limiter.take", lambda *_, **__: {})


def routes(chosen: list[EndpointSource]) -> Any:
    return pytest.mark.parametrize("endpoint", chosen, ids=lambda endpoint: endpoint.declaration.route)


def asked(platform: LocalPlatform, endpoint: EndpointSource, event: Mapping[str, Any], case: str) -> None:
    answer = platform.runner.invoke(endpoint.function, dict(event))
    assert answer["statusCode"] < 500, (case, answer["body"][:500])
    # The pass services ask for a token of their own, which goes with the path.
    unlooked = (429,) if endpoint.declaration.caller.kind == "public" else (401, 429)
    assert answer["statusCode"] not in unlooked, f"it was not even looked at: {case}"


@routes(WITH_PATH)
def test_no_text_in_a_path_is_a_fault(
    endpoint: EndpointSource, platform: LocalPlatform, credentials: dict[str, Any]
) -> None:
    event = event_of(endpoint, credentials)
    for name in event["pathParameters"]:
        for text in HOSTILE:
            parameters = {**event["pathParameters"], name: text}
            asked(platform, endpoint, {**event, "pathParameters": parameters}, f"{name}={text[:40]!r}")


@routes(READING)
def test_no_text_in_a_query_is_a_fault(
    endpoint: EndpointSource, platform: LocalPlatform, credentials: dict[str, Any]
) -> None:
    event = event_of(endpoint, credentials)
    fields = getattr(endpoint.declaration.request, "model_fields", {})
    for name in [field.alias or name for name, field in fields.items()]:
        for text in HOSTILE:
            query = {**dict(parse_qsl(event.get("rawQueryString", ""))), name: text}
            asked(platform, endpoint, {**event, "rawQueryString": urlencode(query)}, f"{name}={text[:40]!r}")
