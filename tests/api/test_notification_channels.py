"""Browsers, WhatsApp, digests, a tenant's defaults and the preview of an audience, over HTTP.

The routes: ListPushDevices, RegisterPushDevice, RemovePushDevice, ReadNotificationDefaults, SaveNotificationDefaults,
PreviewAudience; the functions NotifyPeople, SendDueMessages and DeliverMessage.
"""

# ruff: noqa: F811 - fixtures are imported
from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from batua import clock, settings
from batua.identity import users
from batua.messages import outbound, sender
from batua.messages.branding import Branding
from batua.messages.model import Message, RenderedMessage
from batua.notifications import deliver, inbox
from batua.notifications.model import first_id_after
from batua.notifications.push_devices import load_push_devices
from batua.notifications.web_push import encode_url
from batua.store import notification_keys
from batua.store.store import store
from local.host import LocalPlatform
from tests.api.notification_fixtures import INBOX, PREFERENCES, Reader, commented, reader  # noqa: F401
from tests.prefunds import actor
from tests.support_desk import SupportDesk, data, refused, support_desk
from tests.waiting import until

PUSH = f"{INBOX}/push"
DEFAULTS = f"{INBOX}/defaults"
PREVIEW = "/api/v1/admin-messages/preview"


@pytest.fixture(scope="module")
def desk(platform: LocalPlatform) -> SupportDesk:
    return support_desk(platform)


class Browser:
    """A browser with its push service."""

    def __init__(self, url: str) -> None:
        self.key, self.shared = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        self.url, self.status = url, 201
        self.requests: list[tuple[dict[str, str], bytes]] = []

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, **more: Any) -> dict[str, Any]:
        keys = {"p256dh": encode_url(self.point), "auth": encode_url(self.shared)}
        return {"endpoint": f"{self.url}/push/1", "expirationTime": None, "keys": keys, **more}

    def shown(self, number: int = -1) -> dict[str, str]:
        """What the browser reads out of a message."""
        body = self.requests[number][1]
        salt, theirs, sealed = body[:16], body[21:86], body[86:]
        agreed = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        secret = HKDF(SHA256(), 32, self.shared, b"WebPush: info\x00" + self.point + theirs).derive(agreed)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(secret)
        found: dict[str, str] = json.loads(AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x02"))
        return found


@pytest.fixture
def browser() -> Iterator[Browser]:
    made: list[Browser] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            made[0].requests.append(({name.lower(): value for name, value in self.headers.items()}, content))
            self.send_response(made[0].status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    made.append(Browser(f"http://127.0.0.1:{server.server_port}"))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield made[0]
    server.shutdown()
    thread.join()
    server.server_close()


# -- Browsers ----------------------------------------------------------------------------------------------------


def test_a_registered_browser_gets_the_title_encrypted_for_it_alone(reader: Reader, browser: Browser) -> None:
    key = data(reader.get(PUSH))["public_key"]
    (device,) = data(reader.post(PUSH, browser.subscription(name="Firefox")))["devices"]
    assert device["name"] == "Firefox"
    event = reader.event_of()
    until(lambda: browser.requests)
    headers, body = browser.requests[0]
    assert browser.shown()["title"]
    assert set(browser.shown()) == {"title", "link", "tag"}
    assert event.subject.encode() not in body
    assert headers["content-encoding"] == "aes128gcm"
    assert headers["authorization"].endswith(f", k={key}")
    assert int(headers["ttl"]) > 0


def test_a_browser_ends_with_the_sessions_in_which_it_was_registered(
    platform: LocalPlatform, new_person: Any, browser: Browser
) -> None:
    """A thief of a session registers a browser of their own. A change of the password ends both."""
    person = new_person(roles=("tenant_admin",))
    thief, owner = (_reading(platform, person, person.token()) for _ in range(2))
    data(thief.post(PUSH, browser.subscription(endpoint=f"{browser.url}/push/thief", name="A thief's")))
    assert [each["name"] for each in data(owner.get(PUSH))["devices"]] == ["A thief's"]
    change = {"current_password": person.password, "new_password": "a-new-long-passphrase-7"}
    changed = person.device("ChangePassword", change, token=owner.headers["Authorization"].removeprefix("Bearer "))
    assert changed.status == 200, changed.body
    assert data(owner.get(PUSH))["devices"] == []
    data(owner.post(PUSH, browser.subscription(name="My own")))
    owner.event_of()
    until(lambda: browser.requests)
    assert data(owner.get(PUSH))["devices"][0]["name"] == "My own"
    assert len(load_push_devices(store(), owner.id).devices) == 1
    assert len(browser.requests) == 1


def _reading(platform: LocalPlatform, person: Any, token: str) -> Reader:
    headers = {"Authorization": f"Bearer {token}"}
    return Reader(platform.url, headers, id=person.id, tenant=person.tenant, email=person.email)


def test_a_browser_that_is_gone_is_forgotten(reader: Reader, browser: Browser) -> None:
    browser.status = 410
    data(reader.post(PUSH, browser.subscription()))
    reader.event_of()
    until(lambda: not load_push_devices(store(), reader.id).devices)
    reader.event_of()
    assert len(browser.requests) == 1


def test_devices_are_registered_once_removed_and_limited(reader: Reader, browser: Browser) -> None:
    for _ in range(2):
        (device,) = data(reader.post(PUSH, browser.subscription()))["devices"]
    assert data(reader.call("DELETE", f"{PUSH}/{device['id']}"))["devices"] == []
    assert refused(reader.call("DELETE", f"{PUSH}/{device['id']}")) == (404, "push_device_not_found")
    for number in range(10):
        data(reader.post(PUSH, browser.subscription(endpoint=f"https://fcm.googleapis.com/fcm/send/{number}")))
    assert refused(reader.post(PUSH, browser.subscription())) == (409, "too_many_devices")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"endpoint": "https://evil.example/push"}, "endpoint"),
        ({"endpoint": "http://169.254.169.254/latest"}, "endpoint"),
        ({"keys": {"p256dh": "AAAA", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}, "keys.p256dh"),
        ({"keys": {"p256dh": "!!", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}, "keys.p256dh"),
    ],
)
def test_what_is_no_subscription_is_named(
    reader: Reader,
    browser: Browser,
    change: dict[str, Any],
    field: str,
) -> None:
    answer = reader.post(PUSH, browser.subscription(**change))
    assert refused(answer) == (400, "validation_error")
    assert set(answer.json()["errors"]) == {field}


def test_nobody_sees_or_removes_another_persons_browsers(
    reader: Reader,
    browser: Browser,
    desk: SupportDesk,
) -> None:
    (device,) = data(reader.post(PUSH, browser.subscription()))["devices"]
    assert data(desk.stranger.get(PUSH))["devices"] == []
    assert refused(desk.stranger.call("DELETE", f"{PUSH}/{device['id']}")) == (404, "push_device_not_found")


# -- WhatsApp ----------------------------------------------------------------------------------------------------


def test_whatsapp_gets_an_approved_template_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []

    class Social:
        def send_whatsapp_message(self, **request: Any) -> None:
            sent.append(request)

    monkeypatch.setattr(sender, "client", lambda name: Social())
    monkeypatch.setenv("WHATSAPP_SENDER", "phone-number-id-1")
    monkeypatch.setenv("WHATSAPP_TEMPLATES", "notification=wallet_update:en,notification_hi=wallet_update:hi")
    settings.reset_settings()
    values = {"title": "Reply to your ticket:\nRefund", "body": "secret text", "name": "Asha"}
    for kind in ("notification", "notification_hi", "one_time_code"):
        sender.send_message(
            Message(kind, "+919876543210", "whatsapp", None, values), RenderedMessage(""), Branding("B")
        )
    monkeypatch.undo()
    settings.reset_settings()
    assert len(sent) == 2, "what has no approved template is not sent"
    content = json.loads(sent[1]["message"])
    assert sent[0]["originationPhoneNumberId"] == "phone-number-id-1"
    assert (content["to"], content["type"]) == ("+919876543210", "template")
    assert content["template"]["language"] == {"code": "hi"}
    blanks = content["template"]["components"][0]["parameters"]
    assert [each["text"] for each in blanks] == ["B", "Reply to your ticket: Refund"]
    assert "secret text" not in str(content)


def test_aws_knows_the_call_to_whatsapp() -> None:
    """The request is held to the published shape of the service."""
    import boto3
    from botocore.stub import Stubber

    client = boto3.client("socialmessaging", region_name="ap-south-1")
    request = {
        "originationPhoneNumberId": "phone-number-id-1",
        "message": b"{}",
        "metaApiVersion": sender.META_API_VERSION,
    }
    with Stubber(client) as stub:
        stub.add_response("send_whatsapp_message", {"messageId": "m"}, request)
        client.send_whatsapp_message(**request)


# -- Digests -----------------------------------------------------------------------------------------------------


def test_a_digest_is_one_mail_with_all_titles_at_its_hour(
    reader: Reader,
    desk: SupportDesk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = data(reader.call("PATCH", PREFERENCES, json={"digests": {"support": "daily"}}))
    assert found["digests"] == {"support": "daily", "operations": None}
    at = clock.parse_iso("2026-11-28T10:15:00Z")
    sent: list[Message] = []
    monkeypatch.setattr(outbound, "enqueue", sent.append)
    tickets = [desk.ticket(reader, subject=f"Question {number}") for number in range(3)]
    for ticket in tickets:
        commented(reader, ticket, at)
    assert [each for each in sent if each.to == reader.email] == []
    key = notification_keys.pending_message_key(reader.id, "email", "digest#support")
    pending = store().read([key])[key]
    assert pending is not None
    assert clock.iso(pending["due"]) == "2026-11-29T03:30:00.000Z", "at nine in the morning in India"
    deliver.send_due_messages(store(), pending["due"])
    (mail,) = [each for each in sent if each.to == reader.email]
    assert (mail.kind, mail.values["count"]) == ("notification_digest", "3")
    assert all(f"Question {number}" in mail.values["lines"] for number in range(3))
    assert mail.reply_to is None
    commented(reader, tickets[0], pending["due"] + 1)
    assert len([each for each in sent if each.to == reader.email]) == 1, "the next one waits for the next day"


@pytest.mark.parametrize("digests", [{"money": "daily"}, {"support": "weekly"}, {"gossip": "daily"}])
def test_news_of_money_waits_for_no_digest(reader: Reader, digests: dict[str, str]) -> None:
    assert refused(reader.call("PATCH", PREFERENCES, json={"digests": digests})) == (400, "validation_error")


# -- A tenant's defaults -----------------------------------------------------------------------------------------


def test_a_tenants_defaults_hold_for_those_who_have_not_chosen(reader: Reader, platform: LocalPlatform) -> None:
    assert data(reader.get(DEFAULTS))["version"] == 0
    saved = data(reader.put(DEFAULTS, {"categories": {"support": {"email": False, "sms": True}}}))
    assert saved["categories"]["support"]["email"] == {"enabled": False, "locked": False}
    own = data(reader.get(PREFERENCES))["categories"]["support"]
    assert (own["email"]["enabled"], own["sms"]["enabled"]) == (False, True)
    data(reader.call("PATCH", PREFERENCES, json={"categories": {"support": {"email": True}}}))
    assert data(reader.get(PREFERENCES))["categories"]["support"]["email"]["enabled"] is True
    assert refused(reader.put(DEFAULTS, {"categories": {"money": {"email": False}}})) == (409, "preference_locked")
    assert refused(reader.put(DEFAULTS, {"categories": {}, "version": 7})) == (409, "version_conflict")
    viewer = actor(platform, "Sitara Network", "viewer")
    assert refused(viewer.get(DEFAULTS)) == (403, "forbidden")
    assert data(viewer.get(PREFERENCES))["categories"]["support"]["email"]["enabled"] is True, "another tenant's"


# -- The preview of an audience ----------------------------------------------------------------------------------


def test_a_preview_counts_who_would_get_a_message(desk: SupportDesk, platform: LocalPlatform) -> None:
    tenant = desk.customer.tenant
    active = [user for user in users.list_tenant_users(store(), tenant) if user.status == "active"]
    found = data(desk.lead.post(PREVIEW, {"audience": {"tenants": [tenant]}}))
    assert (found["tenants"], found["people"], found["complete"]) == (1, len(active), True)
    admins = [user for user in active if "tenant_admin" in user.roles]
    narrowed = data(desk.lead.post(PREVIEW, {"audience": {"tenants": [tenant], "roles": ["tenant_admin"]}}))
    assert narrowed["people"] == len(admins) == narrowed["by_role"]["tenant_admin"]
    everybody = data(desk.lead.post(PREVIEW, {}))
    assert everybody["people"] > found["people"]
    assert everybody["tenants"] > 1
    assert refused(desk.customer.post(PREVIEW, {})) == (403, "forbidden")
    nobody = {"audience": {"tenants": ["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"]}}
    assert refused(desk.lead.post(PREVIEW, nobody)) == (400, "validation_error")


# -- A thousand notifications racing with reads ------------------------------------------------------------------


def test_a_thousand_notifications_race_with_reads_and_unread_is_exact_at_each_step(
    reader: Reader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between what was there before a look and what is there after it, less what was read: never more, never less."""
    monkeypatch.setattr(inbox, "MOST_COUNTED", 100_000)
    each, writers, over, steps = 125, 8, threading.Event(), 0
    head = notification_keys.notification_head_key(reader.id)

    def written() -> int:
        record = store().read([head])[head]
        return int(record["n"]) if record else 0

    def write() -> None:
        for _ in range(each):
            reader.notified()

    def number_of(id: str) -> int:
        return next(number for number in range(1, each * writers + 1) if first_id_after(number) > id)

    def look() -> int:
        nonlocal steps
        read = 0
        while not over.is_set() or steps < 5:
            rows = data(reader.get(INBOX, params={"limit": 1}))
            if not rows:
                continue
            newest = number_of(rows[0]["id"])
            for path, body in ((f"{INBOX}/read-all", {"newest_id": rows[0]["id"]}), (f"{INBOX}/unread-count", None)):
                before = written()
                answer = reader.post(path, body) if body else reader.get(path)
                if answer.status_code == 503:  # every try met a writer; a client tries again
                    continue
                count = data(answer)["count"]
                read = max(read, newest) if body else read
                assert before - read <= count <= written() - read, (before, read, count)
            steps += 1
        return read

    with ThreadPoolExecutor(writers + 1) as pool:
        looking = pool.submit(look)
        try:
            for writing in [pool.submit(write) for _ in range(writers)]:
                writing.result()
        finally:
            over.set()  # else the one who looks would go on for ever where a writer fails
        read = looking.result()
    assert written() == each * writers
    assert data(reader.get(f"{INBOX}/unread-count"))["count"] == each * writers - read
    assert steps >= 5
