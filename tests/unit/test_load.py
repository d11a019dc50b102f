"""The load test keeps its bounds, and leaves live keys alone (`make load`)."""

from __future__ import annotations

import base64
import json

import pytest

from benchmarks.load_options import MOST_A_SECOND, MOST_CLIENTS, MOST_SECONDS, LoadRefused, load_of, mode_of

URL = ["--url", "https://wallet.example.com/"]


def key(**claims: str) -> str:
    """A token with these claims; its signature is nobody's."""
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


SANDBOX = {"LOAD_KEY": key(mod="test", tid="ten_1")}


def test_a_test_key_and_an_address_are_enough() -> None:
    load = load_of(URL, SANDBOX)
    assert (load.url, load.rate, load.seconds, load.clients) == ("https://wallet.example.com", 10, 30, 10)
    assert load.mix == {"issue": 5, "redeem": 3, "balance": 2}


@pytest.mark.parametrize("held", [key(mod="live"), key(tid="ten_1"), "abc", "a.b.c", "..", key(mod="Test")])
def test_a_key_that_is_not_of_the_sandbox_is_refused_unless_told(held: str) -> None:
    with pytest.raises(LoadRefused, match="not a test key"):
        load_of(URL, {"LOAD_KEY": held})
    assert load_of([*URL, "--live"], {"LOAD_KEY": held}).key == held


def test_the_mode_is_the_one_that_the_key_names() -> None:
    assert [mode_of(key(mod=mode)) for mode in ("test", "live")] == ["test", "live"]


@pytest.mark.parametrize(
    ("option", "most"),
    [("--rate", MOST_A_SECOND), ("--seconds", MOST_SECONDS), ("--clients", MOST_CLIENTS), ("--customers", 100_000)],
)
def test_nobody_gets_more_than_the_most(option: str, most: int) -> None:
    load_of([*URL, option, str(most)], SANDBOX)
    for number in (most + 1, 0, -1):
        with pytest.raises(LoadRefused, match=f"{option} is {number}"):
            load_of([*URL, option, str(number)], SANDBOX)


def test_what_is_no_number_is_no_rate() -> None:
    with pytest.raises(LoadRefused, match="--rate"):
        load_of([*URL, "--rate", "nan"], SANDBOX)


@pytest.mark.parametrize(
    ("arguments", "environment", "why"),
    [
        (["--url", "wallet.example.com"], SANDBOX, "no web address"),
        (["--url", "file:///etc/passwd"], SANDBOX, "no web address"),
        (URL, {}, "no key"),
        ([*URL, "--mix", "issue=1,steal=1"], SANDBOX, "'steal=1'"),
        ([*URL, "--mix", "issue=0"], SANDBOX, "share of 0"),
        ([*URL, "--expect", "1.5"], SANDBOX, "--expect"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_name(
    arguments: list[str], environment: dict[str, str], why: str
) -> None:
    with pytest.raises(LoadRefused, match=why):
        load_of(arguments, environment)
