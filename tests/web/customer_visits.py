"""Visits of a customer's page, and what brings one there: issues and one-time codes."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import requests

from tests.served import Served
from tests.waiting import until
from tests.web.pages import outbox

PORTAL = Path(__file__).resolve().parents[2] / "portal"


def code_sent(platform: Served, number: str, before: int) -> str:
    return re.findall(r"\b\d{6}\b", newest(platform, number, before)["body"])[0]


def newest(platform: Served, number: str, before: int) -> dict[str, Any]:
    """The newest message to a number, once there is one more than before."""

    def sent() -> list[dict[str, Any]] | None:
        messages = outbox(platform, number)
        return messages if len(messages) > before else None

    return until(sent, otherwise=f"a message to {number}")[0]


def issue(platform: Served, number: str, bill: int) -> None:
    answer = requests.post(
        f"{platform.url}/api/v1/merchant/coins/issue",
        json={"phone": number, "bill_amount": bill},
        headers={
            "Authorization": f"Bearer {platform.credentials['merchant_live_key']}",
            "Idempotency-Key": f"page-{bill}-{time.time_ns()}",
        },
        timeout=60,
    )
    assert answer.ok, answer.text
