"""Requests that go around the front door are refused: its limits and its filters would not hold for them."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batua import settings
from batua.api.request import Request
from batua.errors import Problem

RAW = "a1b2c3.execute-api.ap-south-1.amazonaws.com"
EVENT = Path(__file__).parents[2] / "events" / "platform" / "check_health.json"


@pytest.fixture(autouse=True)
def origin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ORIGIN_SECRET", "current")
    settings.reset_settings()
    yield
    monkeypatch.undo()
    settings.reset_settings()


def event(host: str = RAW, **headers: str) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(EVENT.read_text())
    asked["headers"] = {**asked["headers"], **{name.replace("_", "-"): value for name, value in headers.items()}}
    asked["requestContext"]["domainName"] = host
    return asked


def test_the_hosts_of_the_apis_take_no_request_without_the_front_doors_proof() -> None:
    for headers in ({}, {"x_origin_verify": "guessed"}, {"x_origin_verify": ""}, {"x_origin_verify": ","}):
        with pytest.raises(Problem, match="Requests are not accepted at this host"):
            Request(event(**headers)).require_front_door()
    Request(event(x_origin_verify="current")).require_front_door()


def test_other_hosts_and_deployments_without_a_secret_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Request(event("127.0.0.1")).require_front_door()
    monkeypatch.setenv("ORIGIN_SECRET", "")
    settings.reset_settings()
    Request(event()).require_front_door()


@pytest.mark.parametrize(
    ("kept", "sent"), [("new,current", "current"), ("current", "new,current"), ("new", "new,current")]
)
def test_a_secret_is_replaced_without_a_refusal(kept: str, sent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """First both values, then the new one alone: what the front door still sends has always one in common."""
    monkeypatch.setenv("ORIGIN_SECRET", kept)
    settings.reset_settings()
    asked = Request(event(x_origin_verify=sent, x_viewer_address="203.0.113.7"))
    asked.require_front_door()
    assert asked.address == "203.0.113.7"


def test_an_address_is_believed_from_the_front_door_alone() -> None:
    asked = event("127.0.0.1", x_origin_verify="guessed", x_viewer_address="203.0.113.7")
    assert Request(asked).address == asked["requestContext"]["http"]["sourceIp"]


def test_a_function_answers_403() -> None:
    handler = importlib.import_module("functions.platform.check_health").handler
    answer = handler(event(), None)
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (403, "forbidden")
    assert handler(event(x_origin_verify="current"), None)["statusCode"] == 200
