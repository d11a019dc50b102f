"""Visits of a customer's page, and what brings one there: issues and one-time codes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.served import Served
from tests.waiting import until
from tests.web.pages import PHONE, Visit, outbox

PORTAL = Path(__file__).resolve().parents[2] / "portal"
SHOP = "/my/kaveri-stores"


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


def sign_in(page: Page, platform: Served, number: str) -> None:
    before = len(outbox(platform, number))
    page.get_by_label("Mobile number").fill(number)
    page.get_by_role("button", name="Text me a code").click()
    field = page.get_by_label("Code from the text message")
    expect(field).to_be_focused()
    field.fill(code_sent(platform, number, before))
    expect(page.locator(".my-card")).to_be_visible()


@pytest.fixture(scope="module")
def number(platform: Served) -> str:
    return str(platform.credentials["customer"]["phone"])


@pytest.fixture(scope="module")
def signed_in(browser: Browser, platform: Served, number: str) -> dict[str, Any]:
    """What a browser keeps of a session, so that one code serves all tests."""
    visit = Visit(browser, platform, **PHONE)
    page = visit.open(SHOP)
    sign_in(page, platform, number)
    state: dict[str, Any] = visit.context.storage_state()
    visit.close()
    return state


@pytest.fixture
def visits(browser: Browser, platform: Served, signed_in: dict[str, Any]) -> Iterator[Callable[..., Visit]]:
    opened: list[Visit] = []

    def visit(**options: Any) -> Visit:
        one = Visit(browser, platform, **{"storage_state": signed_in, **PHONE, **options})
        opened.append(one)
        return one

    yield visit
    for one in opened:
        assert one.complaints == []
        assert one.foreign == []
        one.close()
