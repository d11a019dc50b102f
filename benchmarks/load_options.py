"""The bounds of `make load`, and what its command line and environment ask for."""

from __future__ import annotations

import argparse
import base64
import binascii
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

MOST_A_SECOND = 200
MOST_SECONDS = 600
MOST_CLIENTS = 200
WORK = ("issue", "redeem", "balance")


@dataclass(frozen=True)
class Load:
    """`rate`: requests a second of all clients together. `mix`: how often each kind of work is asked for."""

    url: str
    key: str
    rate: float
    seconds: int
    clients: int
    customers: int
    mix: dict[str, int]
    expect: float


class LoadRefused(Exception):
    """The load asked for is out of bounds; the message says which and what is allowed."""


def load_of(arguments: list[str], environment: dict[str, str], description: str | None = None) -> Load:
    """What the command line and the environment ask for. Raises LoadRefused where it is out of bounds."""
    parser = argparse.ArgumentParser(
        prog="make load", description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--url", required=True, help="the deployment, such as https://wallet.example.com")
    parser.add_argument("--rate", type=float, default=10, help=f"requests a second, at most {MOST_A_SECOND} (10)")
    parser.add_argument("--seconds", type=int, default=30, help=f"how long, at most {MOST_SECONDS} (30)")
    parser.add_argument("--clients", type=int, default=10, help=f"clients at once, at most {MOST_CLIENTS} (10)")
    parser.add_argument("--customers", type=int, default=1000, help="phone numbers that take part (1000)")
    parser.add_argument(
        "--mix", default="issue=5,redeem=3,balance=2", help="shares of the work (issue=5,redeem=3,balance=2)"
    )
    parser.add_argument("--expect", type=float, default=0.99, help="share of requests that must succeed (0.99)")
    parser.add_argument("--live", action="store_true", help="take a live key: real customers, real coins")
    given = parser.parse_args(arguments)
    key = environment.get("LOAD_KEY", "")
    _bounded("--rate", given.rate, MOST_A_SECOND)
    _bounded("--seconds", given.seconds, MOST_SECONDS)
    _bounded("--clients", given.clients, MOST_CLIENTS)
    _bounded("--customers", given.customers, 100_000)
    if not 0 <= given.expect <= 1:
        raise LoadRefused("--expect is a share, from 0 to 1")
    if urlsplit(given.url).scheme not in ("http", "https") or not urlsplit(given.url).hostname:
        raise LoadRefused(f"--url is '{given.url}', which is no web address such as https://wallet.example.com")
    if not key:
        raise LoadRefused("no key: make load URL=… KEY=…, or LOAD_KEY in the environment")
    if mode_of(key) != "test" and not given.live:
        raise LoadRefused("the key is not a test key: take one of the sandbox, or say --live if real coins shall move")
    mix = _mix(given.mix)
    url = given.url.rstrip("/")
    return Load(url, key, given.rate, given.seconds, given.clients, given.customers, mix, given.expect)


def mode_of(key: str) -> str:
    """The mode that an API key says it has; "unknown" for what is no key. Nothing is verified: the server does that."""
    parts = key.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return str(claims["mod"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return "unknown"


def _bounded(name: str, number: float, most: int) -> None:
    if not 0 < number <= most:
        raise LoadRefused(f"{name} is {number:g}; use a number above 0 and at most {most}")


def _mix(text: str) -> dict[str, int]:
    mix = {}
    for part in text.split(","):
        name, _, share = part.partition("=")
        if name not in WORK or not share.isdigit():
            raise LoadRefused(f"--mix has '{part}'; write it as {', '.join(f'{work}=n' for work in WORK)}")
        mix[name] = int(share)
    if not any(mix.values()):
        raise LoadRefused("--mix gives every kind of work a share of 0; give one of them at least 1")
    return mix
