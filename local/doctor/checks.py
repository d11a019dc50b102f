"""What is examined, in this order. A check returns what it found, or raises `Broken` or `Skipped`."""

from __future__ import annotations

import secrets
import socket
import ssl
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from .client import Broken, Deployment, Skipped, answer_text

Check = Callable[[Deployment], str]

CERTIFICATE_DAYS = 21
"""ACM renews 60 days before the end: one that has less left than this will not renew by itself."""
SLOW_MS = 1500.0
EVENT_SECONDS = 45.0
SECURITY_HEADERS = ("content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy")

_FUNCTIONS = "the function's log group /batua/<stage>/<domain>/<function>, and docs/runbooks/server_errors.md"
_NEEDS_USER = "EMAIL and PASSWORD of a tenant's administrator"


def tls(deployment: Deployment) -> str:
    address = urlsplit(deployment.url)
    if address.scheme != "https":
        if deployment.is_local:
            raise Skipped("plain HTTP on this machine")
        raise Broken("the address is not https", "give the output Url of the root stack")
    host, port = str(address.hostname), address.port or 443
    context = ssl.create_default_context()
    hint = "the certificate in ACM (us-east-1) and the CNAME of the domain: both must name this host"
    try:
        with (
            socket.create_connection((host, port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            version, certificate = secured.version(), secured.getpeercert() or {}
    except (OSError, ssl.SSLError) as error:
        raise Broken(f"no secure connection to {host}: {error}", hint) from error
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    days = (ends - datetime.now(UTC)).days
    if days < CERTIFICATE_DAYS:
        raise Broken(f"the certificate ends in {days} days", f"{hint}; ACM renews while its DNS record stands")
    return f"{version}, certificate for {days} more days"


def front_door(deployment: Deployment) -> str:
    page = deployment.call("GET", "/")
    if page.status_code != 200 or "text/html" not in page.headers.get("content-type", ""):
        raise Broken(
            f"GET / answered {page.status_code}: {answer_text(page)}",
            "the bucket of the portal: function PublishPortal",
        )
    missing = [name for name in SECURITY_HEADERS if name not in page.headers]
    if not deployment.is_local and "strict-transport-security" not in page.headers:
        missing.append("strict-transport-security")
    if missing:
        raise Broken(f"headers are missing: {', '.join(missing)}", "the response headers policies of FrontDoor")
    if not deployment.is_local and "cloudfront" not in page.headers.get("via", "").lower():
        raise Broken("the answer did not come through CloudFront", "the CNAME of the domain: output FrontDoorHost")
    return "the portal is there, with its security headers"


def health(deployment: Deployment) -> str:
    deployment.ask("GET", "/api/v1/health", 200, _FUNCTIONS)
    response = deployment.call("GET", "/api/v1/health/ready")
    if response.status_code != 200:
        raise Broken(
            f"not ready: {answer_text(response)}", "run `make bootstrap` (it makes the keys), then CheckReadiness' log"
        )
    parts = response.json()["data"]
    version = deployment.ask("GET", "/api/v1/health/version", 200, _FUNCTIONS)
    if "no-store" not in response.headers.get("cache-control", ""):
        raise Broken("the API's answers may be cached", "the cache policies of FrontDoor's /api behaviours")
    states = ", ".join(f"{name} {state}" for name, state in parts.items())
    return f"{states}; version {version['version']}, stage {version['stage']}"


def keys(deployment: Deployment) -> str:
    response = deployment.call("GET", "/.well-known/jwks.json")
    published = response.json().get("keys", []) if response.status_code == 200 else []
    if not published:
        raise Broken(f"no signing keys are published ({response.status_code})", "run `make bootstrap`")
    return f"{len(published)} public signing key{'s' if len(published) > 1 else ''}"


def refusals(deployment: Deployment) -> str:
    """What may not pass must be refused, and by the platform itself."""
    hint = "the caller's check: this is a security fault; take the deployment off until it is understood"
    for path, method in (("/api/v1/merchant/coins/issue", "POST"), ("/api/v1/auth/me", "GET")):
        answered = deployment.call(method, path, json={} if method == "POST" else None)
        if answered.status_code != 401:
            raise Broken(f"{method} {path} without a credential answered {answered.status_code}", hint)
    return "requests without a credential are refused"


def back_door(deployment: Deployment) -> str:
    """API Gateway's own host is known to whoever finds it, and past CloudFront's limits and filters."""
    if not deployment.api_host:
        raise Skipped("needs --api-host, the output ApiHost of the platform domain's stack")
    answered = Deployment(f"https://{deployment.api_host}").call("GET", "/api/v1/health")
    if answered.status_code != 403:
        raise Broken(
            f"{deployment.api_host} answered {answered.status_code} to a request that went around the front door",
            "ORIGIN_SECRET of the functions: the secret in docs/operate.md, «Rotate»",
        )
    return f"{deployment.api_host} refuses what goes around the front door"


def sign_in(deployment: Deployment) -> str:
    if not (deployment.email and deployment.password):
        raise Skipped(f"needs {_NEEDS_USER}")
    body = {"username": deployment.email, "password": deployment.password}
    if deployment.code:
        body["code"] = deployment.code
    answered = deployment.call("POST", "/api/v1/auth/token", json=body, label="sign in")
    if answered.status_code in (401, 403) and "mfa" in answered.text and not deployment.code:
        raise Skipped("the account has a second factor: give CODE=123456")
    if answered.status_code != 200:
        raise Broken(
            f"signing in answered {answered.status_code}: {answer_text(answered)}", "the password; ObtainToken's log"
        )
    deployment.token = answered.json()["data"]["access_token"]
    me = deployment.ask("GET", "/api/v1/auth/me", 200, _FUNCTIONS, headers=deployment.as_user())
    deployment.tenant = me["tenant"]["name"]
    again = {"password": deployment.password}
    proof = deployment.call("POST", "/api/v1/auth/reauthenticate", json=again, headers=deployment.as_user())
    deployment.proof = proof.json()["data"]["proof"] if proof.status_code == 200 else ""
    return f"{me['email']} of {deployment.tenant}, roles {', '.join(me['roles'])}"


def sandbox(deployment: Deployment) -> str:
    """An issue, the same once more, a redemption and an undo, of a phone number that nobody has."""
    if not deployment.key:
        raise Skipped("needs KEY, an API key of the sandbox (mode test) with coins:issue, coins:redeem, customers:read")
    if deployment.key_mode() != "test":
        raise Broken(
            "KEY is not a key of the sandbox", "create one with mode `test`: live coins are never touched here"
        )
    phone, mark = f"+9199{secrets.randbelow(10**8):08d}", f"doctor-{secrets.token_hex(8)}"
    issue = {"phone": phone, "bill_amount": "1000"}
    hint = "IssueCoins' log; a tenant needs a coin program and earning rules"
    first = deployment.ask(
        "POST", "/api/v1/merchant/coins/issue", 200, hint, json=issue, headers=deployment.as_key(mark), label="issue"
    )
    second = deployment.ask(
        "POST", "/api/v1/merchant/coins/issue", 200, hint, json=issue, headers=deployment.as_key(mark), label="replay"
    )
    if first["transaction_id"] != second["transaction_id"]:
        raise Broken("the same request was carried out twice", "stop: this is a fault of the ledger; report it")
    redeem = {"phone": phone, "coins": 1}
    taken = deployment.ask(
        "POST", "/api/v1/merchant/coins/redeem", 200, "RedeemCoins' log; the allowance (MIR) of the sandbox",
        json=redeem, headers=deployment.as_key(f"{mark}-redeem"), label="redeem",
    )  # fmt: skip
    balance = deployment.ask(
        "GET", "/api/v1/merchant/customers/balance", 200, _FUNCTIONS,
        params={"phone": phone}, headers=deployment.as_key(), label="balance",
    )  # fmt: skip
    if balance["balance"] != first["coins_issued"] - taken["coins_redeemed"]:
        raise Broken(
            f"{first['coins_issued']} issued, {taken['coins_redeemed']} redeemed, balance {balance['balance']}",
            "stop: this is a fault of the ledger; `python -m batua.audit.verify`, and report it",
        )
    return f"{first['coins_issued']} coins issued once, 1 redeemed, the balance adds up"


def webhooks(deployment: Deployment) -> str:
    """An event's whole way: stream, bus, queue, a request to a receiver: the deployment itself, which answers 404."""
    if not deployment.token:
        raise Skipped(f"needs {_NEEDS_USER}")
    user = deployment.as_user()
    made = {"url": f"{deployment.url}/api/v1/health", "mode": "test", "events": ["*"], "description": "make doctor"}
    endpoint = deployment.ask(
        "POST", "/api/v1/webhook-endpoints", 201, "the user's role (tenant:admin); CreateWebhookEndpoint's log",
        json=made, headers=user,
    )  # fmt: skip
    path = f"/api/v1/webhook-endpoints/{endpoint['id']}"
    try:
        tested = deployment.ask("POST", f"{path}/test", 200, "SendTestEvent's log", headers=user)
        if tested["attempt"]["status"] is None:
            raise Broken(f"nothing can be sent: {tested['attempt']['failure']}", "SendTestEvent's log")
        if not (deployment.key and deployment.key_mode() == "test"):
            return "a test event was sent; with KEY the way of a real one is tried too"
        return _event_round_trip(deployment, path)
    finally:
        deployment.call("DELETE", path, headers=user)


def _event_round_trip(deployment: Deployment, path: str) -> str:
    phone = f"+9199{secrets.randbelow(10**8):08d}"
    issued = deployment.ask(
        "POST", "/api/v1/merchant/coins/issue", 200, _FUNCTIONS,
        json={"phone": phone, "bill_amount": "1000"}, headers=deployment.as_key(f"doctor-{secrets.token_hex(8)}"),
    )  # fmt: skip
    began = time.monotonic()
    while time.monotonic() - began < EVENT_SECONDS:
        listed = deployment.ask("GET", f"{path}/deliveries", 200, _FUNCTIONS, headers=deployment.as_user())
        if any(_is_of(each, issued["transaction_id"]) for each in listed):
            return f"the event of an issue was sent {time.monotonic() - began:.1f} s after it"
        time.sleep(0.5)
    raise Broken(
        f"the event of an issue was not sent within {EVENT_SECONDS:.0f} s (are KEY and EMAIL of one tenant?)",
        "docs/runbooks/late_events.md: PublishEvents, RouteEvents, DeliverWebhooks, their dead-letter queues",
    )


def _is_of(delivery: dict[str, Any], transaction: str) -> bool:
    data = (delivery.get("event") or {}).get("data") or {}
    return bool(delivery["attempts"]) and data.get("transaction_id") == transaction


def mail(deployment: Deployment) -> str:
    if not deployment.email:
        raise Skipped("needs EMAIL, which a link to set a new password is then mailed to")
    if not deployment.token:
        raise Skipped("needs a user who can sign in: nothing is mailed to addresses that nobody has")
    body = {"email": deployment.email}
    hint = "parameter MailFrom and its identity in SES (a new account's sandbox only mails to verified addresses)"
    deployment.ask("POST", "/api/v1/auth/password/reset", 200, hint, json=body)
    return f"a mail to {deployment.email} is on its way: see that it arrives. If not: {hint}; DeliverMessage's log"


def latency(deployment: Deployment) -> str:
    for _ in range(5):
        deployment.call("GET", "/api/v1/health", label="health")
    medians = {label: statistics.median(times) for label, times in deployment.milliseconds.items()}
    shown = ", ".join(f"{label} {median:.0f} ms" for label, median in medians.items())
    slow = [label for label, median in medians.items() if median > SLOW_MS]
    if slow:
        raise Broken(f"slow: {shown}", "docs/runbooks/requests_slow.md; a first request after a pause starts functions")
    return shown


CHECKS: dict[str, Check] = {
    "TLS": tls,
    "front door": front_door,
    "health": health,
    "signing keys": keys,
    "refusals": refusals,
    "back door": back_door,
    "signing in": sign_in,
    "sandbox": sandbox,
    "webhooks": webhooks,
    "mail": mail,
    "latency": latency,
}
