"""People with passwords, mailed links and second factors, for tests of signing in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time

import requests
from playwright.sync_api import Page

from tests.served import Served
from tests.waiting import until
from tests.web.pages import outbox

PASSWORD = "seven wet umbrellas on a tram"


def link(platform: Served, to: str, page: str) -> str:
    """The path of the newest link of a kind that was mailed to somebody."""

    def links() -> list[str]:
        found = (re.search(rf"https?://\S+?({page}#token=[\w-]+)", mail["body"]) for mail in outbox(platform, to))
        return [link[1] for link in found if link]

    return until(links, otherwise=f"a link to {page} mailed to {to}")[0]


def fill(page: Page, username: str, password: str) -> None:
    page.get_by_label("Email address").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def bearer(platform: Served, who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {platform.credentials[who]['token']}"}


def enrol(platform: Served, name: str) -> tuple[str, list[str]]:
    """Turns two-step sign-in on for one of the seeded people. Returns the secret and the recovery codes."""
    headers = bearer(platform, name)
    secret = requests.get(f"{platform.url}/api/v1/auth/mfa/setup", headers=headers, timeout=60).json()["data"]["secret"]
    answer = requests.post(
        f"{platform.url}/api/v1/auth/mfa/setup/verify",
        json={"code": code_of(secret), "password": platform.credentials[name]["password"]},
        headers=headers,
        timeout=60,
    )
    return secret, answer.json()["data"]["recovery_codes"]


def code_of(secret: str, later: int = 0) -> str:
    """A time-based code (RFC 6238), so many seconds from now, made without the product's help."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time() + later) // 30), hashlib.sha1)
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def policy(platform: Served, who: str, required: bool) -> None:
    """Whether the tenant demands two-step sign-in of its administrators."""
    person = platform.credentials[who]
    headers = bearer(platform, who) | {"X-Reauthentication": person["proof"]}
    url = f"{platform.url}/api/v1/tenant/sign-in-policy"
    answer = requests.put(url, json={"admin_mfa": required}, headers=headers, timeout=10)
    assert answer.ok, answer.text


def new_admin(platform: Served, email: str) -> str:
    """Another administrator of the shop, with a password; signed in by the address."""
    owner = platform.credentials["merchant_tenant_admin"]
    headers = bearer(platform, "merchant_tenant_admin") | {"X-Reauthentication": owner["proof"]}
    admin = {"email": email, "name": "New Admin", "roles": ["tenant_admin"]}
    made = requests.post(f"{platform.url}/api/v1/tenant/users", json=admin, headers=headers, timeout=10)
    assert made.ok, made.text
    token = link(platform, email, "/accept-invitation").partition("token=")[2]
    body = {"token": token, "new_password": PASSWORD}
    assert requests.post(f"{platform.url}/api/v1/auth/password/reset/confirm", json=body, timeout=10).ok
    platform.credentials[email] = {"username": email, "password": PASSWORD}
    return email
