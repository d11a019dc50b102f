"""A shop with a program of its own that imports files, for the tests of imports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.api.conftest import Client
from tests.api.program_fixtures import *  # noqa: F403 - fixtures
from tests.api.program_fixtures import THREE_FIELDS, URL, SignIn, made, till
from tests.waiting import until

IMPORTS = "/api/v1/rewards/imports"


@dataclass
class Shop:
    tenant_id: str
    admin: Client
    till: Client
    program: str

    def uploaded(self, content: str | bytes, **more: Any) -> dict[str, Any]:
        """An import whose file has been uploaded."""
        raw = content.encode() if isinstance(content, str) else content
        created = made(self.admin.post(IMPORTS, {"file_name": "old.csv", "size": len(raw), **more}))
        link = created["upload"]
        put = requests.request(link["method"], link["url"], data=raw, headers=link["headers"], timeout=30)
        assert put.status_code == 200, put.text
        return created

    def run(self, id: str, phase: str, body: Any = None) -> dict[str, Any]:
        """Starts a phase, and waits for its end."""
        answer = self.admin.post(f"{IMPORTS}/{id}/{phase}", body if body is not None else {})
        assert answer.status_code == 202, answer.text

        def ended() -> dict[str, Any] | None:
            seen: dict[str, Any] = self.read(id)
            return None if seen["status"] in ("checking", "applying", "reversing") else seen

        return until(ended, otherwise=lambda: self.read(id)["status"])

    def checked(self, content: str | bytes, body: Any = None, **more: Any) -> dict[str, Any]:
        return self.run(self.uploaded(content, **more)["id"], "check", body)

    def read(self, id: str) -> dict[str, Any]:
        answer = self.admin.get(f"{IMPORTS}/{id}")
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()["data"]
        return seen

    def rows(self, id: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.admin.get(f"{IMPORTS}/{id}/rows", params=query)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["data"]
        return rows

    def balance(self, phone: str) -> Any:
        answer = self.till.get("/api/v1/merchant/customers/balance", params={"phone": phone})
        return answer.json()["data"]["balance"] if answer.status_code == 200 else None


@pytest.fixture
def shop(newcomer: Any, sign_in: SignIn) -> Shop:
    tenant_id = newcomer()
    program = made(sign_in(tenant_id).post(URL, THREE_FIELDS))["id"]
    return Shop(tenant_id, sign_in(tenant_id), till(sign_in(tenant_id)), program)


def file_of(phones: list[str], coins: int = 100) -> str:
    return "Mobile No,Points\n" + "".join(f"{phone},{coins + n}\n" for n, phone in enumerate(phones))


def phones(count: int, phone: str) -> list[str]:
    return [f"{phone[:5]}{(int(phone[5:]) + 6151 * number) % 10**8:08d}" for number in range(count)]
