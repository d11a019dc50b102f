"""Visits of a customer's page, and what brings one there: issues and one-time codes."""

from __future__ import annotations

import re
import time
from pathlib import Path

import requests

from tests.served import Served
from tests.web.pages import outbox

PORTAL = Path(__file__).resolve().parents[2] / "portal"


def code_sent(platform: Served, number: str, before: int) -> str:
    for _ in range(200):
        messages = outbox(platform, number)
        if len(messages) > before:
            return re.findall(r"\b\d{6}\b", messages[0]["body"])[0]
        time.sleep(0.1)
    raise AssertionError(f"no code was sent to {number}")


def issue(platform: Served, number: str, bill: int) -> None:
    answer = requests.post(
        f"{platform.url}/api/v1/merchant/coins/issue",
        json={"phone": number, "bill_amount": bill},
        headers={
            "Authorization": f"Bearer {platform.credentials['merchant_live_key']}",
            "Idempotency-Key": f"page-{bill}-{time.time_ns()}",
        },
        timeout=10,
    )
    assert answer.ok, answer.text
