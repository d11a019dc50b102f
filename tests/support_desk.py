"""People of the operator and of its tenants with tickets, over HTTP, for the tests of support and notifications."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import requests

from local.aws.embedded import StillBusy
from local.host import LocalPlatform
from tests.api.conftest import Client
from tests.prefunds import Actor, actor

TICKETS = "/api/v1/tickets"
CONTENT = {"subject": "Refund is missing", "description": "We refunded order 1001. Nothing came.", "priority": "high"}


@dataclass(frozen=True)
class SupportDesk:
    """A network's administrator, one of its viewers, another network's administrator, and two of the staff."""

    customer: Actor
    colleague: Actor
    stranger: Actor
    agent: Actor
    lead: Actor

    def ticket(self, who: Client | None = None, **more: Any) -> str:
        """A new ticket's id."""
        return str(data((who or self.customer).post(TICKETS, {**CONTENT, **more}), 201)["id"])

    def move(self, ticket: str, *statuses: str) -> None:
        for status in statuses:
            data(self.agent.post(f"{TICKETS}/{ticket}/change-status", {"status": status}))

    def comment(self, who: Client, ticket: str, body: str = "Thank you", **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = data(who.post(f"{TICKETS}/{ticket}/comments", {"body": body, **more}), 201)
        return found

    def status(self, ticket: str) -> str:
        return str(data(self.agent.get(f"{TICKETS}/{ticket}"))["status"])


def support_desk(platform: LocalPlatform) -> SupportDesk:
    return SupportDesk(
        customer=actor(platform, "Sitara Network", "tenant_admin"),
        colleague=actor(platform, "Sitara Network", "viewer"),
        stranger=actor(platform, "Himal Network", "tenant_admin"),
        agent=actor(platform, "Batua", "staff"),
        lead=actor(platform, "Batua", "super_admin"),
    )


def data(answer: requests.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def refused(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def settle(platform: LocalPlatform) -> None:
    """Lets what other tests left behind be delivered first: mails here are waited for, and clocks are moved."""
    with suppress(StillBusy):
        platform.embedded_aws.drain(60)
