"""Passes that keep themselves up to date: what Apple Wallet asks for, and what Apple and Google are told.

The routes: RegisterPass, UnregisterPass, ListChangedPasses, ReadLatestPass, LogPassFaults; the consumer: PushPasses.
"""

# ruff: noqa: F811 - fixtures are imported

from __future__ import annotations

import io
import json
import ssl
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from batua.events.event import Event
from batua.passes import apns, devices, google_objects, updates
from batua.settings import settings
from batua.store.store import store
from local.host import LocalPlatform
from tests.api.auth_fixtures import Device
from tests.api.conftest import Client
from tests.api.customers import Phone
from tests.api.pass_issuers import (  # noqa: F401 - fixtures among them
    ISSUERS,
    PASS_TYPE,
    Signer,
    _key,
    apple,
    authority,
    google,
    signer,
)
from tests.api.pass_servers import ApplePush, GoogleWallet, closing
from tests.api.rewarding import customer
from tests.api.verification_fixtures import everything_stored
from tests.prefunds import Actor, actor
from tests.support_desk import data

TOKEN = "c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2"


@dataclass
class Wallet:
    """Apple Wallet on one phone."""

    platform: LocalPlatform
    name: str
    push: str = TOKEN
    passes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tag: str | None = None

    def add(self, url: str) -> dict[str, Any]:
        """Opens a pass; what stands in it is all that the phone knows."""
        return self._take(requests.get(self.platform.url + url[url.index("/api/") :], timeout=30))

    def call(self, method: str, path: str, token: str | None = None, **more: Any) -> requests.Response:
        headers = {**({"Authorization": f"ApplePass {token}"} if token else {}), **more.pop("headers", {})}
        url = f"{self.platform.url}/api/v1/me/passes/apple/v1/{path}"
        return requests.request(method, url, headers=headers, timeout=30, **more)

    def registration(self, shown: dict[str, Any], method: str = "POST", **more: Any) -> requests.Response:
        path = f"devices/{self.name}/registrations/{PASS_TYPE}/{shown['serialNumber']}"
        body = {"json": {"pushToken": self.push}} if method == "POST" else {}
        return self.call(method, path, more.pop("token", shown["authenticationToken"]), **body, **more)

    def changed(self, since: str | None = None) -> requests.Response:
        query = {"passesUpdatedSince": since} if since else {}
        return self.call("GET", f"devices/{self.name}/registrations/{PASS_TYPE}", params=query)

    def latest(self, shown: dict[str, Any], **headers: str) -> requests.Response:
        path = f"passes/{PASS_TYPE}/{shown['serialNumber']}"
        return self.call("GET", path, shown["authenticationToken"], headers=headers)

    def _take(self, answer: requests.Response) -> dict[str, Any]:
        shown = unpacked(answer)
        self.passes[shown["serialNumber"]] = shown
        return shown


def unpacked(answer: requests.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.apple.pkpass"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        shown: dict[str, Any] = json.loads(archive.read("pass.json"))
    return shown


def balance(shown: dict[str, Any]) -> str:
    return str(shown["storeCard"]["primaryFields"][0]["value"])


@pytest.fixture(scope="module")
def google_key() -> rsa.RSAPrivateKey:
    return _key()


@pytest.fixture(scope="module")
def boss(platform: LocalPlatform) -> Actor:
    return actor(platform, "Batua", "super_admin")


@pytest.fixture
def push(tmp_path: Path, authority: Signer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApplePush]:
    with closing(ApplePush(tmp_path, authority.pem)) as server:
        monkeypatch.setattr(apns, "settings", lambda: replace(settings(), apple_push=server.address))
        monkeypatch.setattr(apns, "_trusting", lambda: ssl.create_default_context(cafile=server.trusted))
        yield server


@pytest.fixture
def wallet_of_google(google_key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleWallet]:
    with closing(GoogleWallet(google_key.public_key())) as server:
        urls = {"google_wallet_url": server.url, "google_oauth_url": server.url}
        monkeypatch.setattr(google_objects, "settings", lambda: replace(settings(), **urls))
        monkeypatch.setattr(google_objects, "_kept", {})
        yield server


@pytest.fixture
def accounts(
    boss: Actor, signer: Signer, authority: Signer, google_key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Both accounts are saved, and PublishEvents knows it; afterwards there is none."""
    data(boss.put(ISSUERS, {"apple": apple(signer, authority), "google": google(google_key)}))
    monkeypatch.setattr(updates, "_offered", (0, False))
    yield
    data(boss.put(ISSUERS, {"apple": None, "google": None}))


@pytest.fixture
def holder(platform: LocalPlatform, live: Client, phone: str) -> Phone:
    """Somebody with 100 coins, signed in."""
    made = Phone(Device(platform), customer(live, phone))
    made.sign_in()
    return made


@pytest.fixture
def wallet(
    platform: LocalPlatform,
    holder: Phone,
    accounts: None,
    push: ApplePush,
    wallet_of_google: GoogleWallet,
    phone: str,
) -> Wallet:
    platform.embedded_aws.drain()  # what gave the coins is over before the phone registers
    made = Wallet(platform, f"device-{phone[-10:]}", push=f"{phone[1:]:0<64}")
    made.add(holder("ListMyPasses", proven=True).data["apple"]["url"])
    return made


@pytest.fixture
def shown(wallet: Wallet) -> dict[str, Any]:
    return next(iter(wallet.passes.values()))


def test_a_sale_reaches_the_pass_on_the_phone(
    platform: LocalPlatform, live: Client, holder: Phone, wallet: Wallet, shown: dict[str, Any], push: ApplePush
) -> None:
    assert shown["webServiceURL"].endswith("/api/v1/me/passes/apple")
    assert wallet.registration(shown).status_code == 201
    assert wallet.registration(shown).status_code == 200, "known already"
    first = wallet.changed()
    assert first.json()["serialNumbers"] == [shown["serialNumber"]]
    tag = first.json()["lastUpdated"]
    assert (wallet.changed(tag).status_code, wallet.changed(tag).content) == (204, b"")

    customer(live, holder.number, 7)
    customer(live, holder.number, 5)
    platform.embedded_aws.drain()
    assert {(token, topic, body) for token, topic, body in push.pushed} == {(wallet.push, PASS_TYPE, "{}")}
    again = wallet.changed(tag)
    assert again.json()["serialNumbers"] == [shown["serialNumber"]]
    assert int(again.json()["lastUpdated"]) > int(tag)
    latest = wallet.latest(shown)
    new = unpacked(latest)
    assert (balance(shown), balance(new)) == ("100", "112")
    assert (new["serialNumber"], new["authenticationToken"]) == (shown["serialNumber"], shown["authenticationToken"])
    assert wallet.registration(shown, "DELETE").status_code == 200
    assert wallet.changed().status_code == 204
    pushed = len(push.pushed)
    customer(live, holder.number, 1)
    platform.embedded_aws.drain()
    assert len(push.pushed) == pushed


def test_a_pass_that_has_not_changed_is_not_sent_again(
    live: Client, holder: Phone, wallet: Wallet, shown: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from batua import clock

    real = clock.system
    monkeypatch.setattr(clock, "system", lambda: real() + 10_000)  # some seconds after the issue of the fixture
    at = wallet.latest(shown).headers["last-modified"]
    assert at.endswith(" GMT")
    unchanged = wallet.latest(shown, **{"If-Modified-Since": at})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert wallet.latest(shown, **{"If-Modified-Since": "yesterday"}).status_code == 200
    monkeypatch.setattr(clock, "system", lambda: real() + 20_000)
    customer(live, holder.number, 3)
    assert balance(unpacked(wallet.latest(shown, **{"If-Modified-Since": at}))) == "103"
    monkeypatch.setattr(clock, "system", lambda: real() + 40_000)
    later = wallet.latest(shown).headers["last-modified"]
    assert wallet.latest(shown, **{"If-Modified-Since": later}).status_code == 304


def test_only_the_token_of_the_pass_opens_it(wallet: Wallet, shown: dict[str, Any], live: Client, phone: str) -> None:
    wrong = [None, "", shown["authenticationToken"][:-1], shown["authenticationToken"] + "A", "x" * 32]
    for token in wrong:
        assert wallet.registration(shown, token=token).status_code == 401, token
        assert wallet.registration(shown, "DELETE", token=token).status_code == 401
        path = f"passes/{PASS_TYPE}/{shown['serialNumber']}"
        assert wallet.call("GET", path, token).status_code == 401
    someone_else = ".".join(["0" * 26, *shown["serialNumber"].split(".")[1:]])
    for serial in (someone_else, "none", "a.b.L", shown["serialNumber"].replace(".L", ".T")):
        other = {**shown, "serialNumber": serial}
        assert wallet.latest(other).status_code == 401, serial
    bearer = wallet.call("GET", f"passes/{PASS_TYPE}/{shown['serialNumber']}", headers={"Authorization": "Bearer x"})
    assert (bearer.status_code, set(bearer.json())) == (401, {"code", "message", "details", "request_id"})
    foreign = f"devices/{wallet.name}/registrations/pass.example.other/{shown['serialNumber']}"
    body = {"pushToken": TOKEN}
    assert wallet.call("POST", foreign, shown["authenticationToken"], json=body).status_code == 401
    assert wallet.changed().status_code == 204, "none of it was registered"


@pytest.mark.parametrize(
    "body", [{}, {"pushToken": ""}, {"pushToken": "not hex"}, {"pushToken": 7}, {"pushToken": "a" * 201}]
)
def test_what_is_no_push_token_is_named(wallet: Wallet, shown: dict[str, Any], body: dict[str, Any]) -> None:
    path = f"devices/{wallet.name}/registrations/{PASS_TYPE}/{shown['serialNumber']}"
    answer = wallet.call("POST", path, shown["authenticationToken"], json=body)
    assert (answer.status_code, answer.json()["key"]) == (400, "pushToken")


def test_a_push_token_is_sealed(wallet: Wallet, shown: dict[str, Any]) -> None:
    assert wallet.registration(shown).status_code == 201
    stored = everything_stored()
    assert wallet.push not in stored
    assert wallet.name not in stored
    assert shown["authenticationToken"] not in stored


def test_replaced_codes_and_deleted_data_end_what_a_phone_may_ask(
    platform: LocalPlatform, live: Client, holder: Phone, wallet: Wallet, shown: dict[str, Any], push: ApplePush
) -> None:
    assert wallet.registration(shown).status_code == 201
    assert holder("RenewMyQr").status == 200
    assert wallet.latest(shown).status_code == 401, "a lost phone gets no new code"
    renewed = wallet.add(holder("ListMyPasses", proven=True).data["apple"]["url"])
    assert renewed["authenticationToken"] != shown["authenticationToken"]
    assert wallet.latest(renewed).status_code == 200
    assert holder("ExportMyData", proven=True).data["wallet_passes"] == 2, "with the one at Google"
    assert holder("DeleteMyData", proven=True).data["wallet_passes"] == 2, "with the one at Google"
    assert wallet.latest(renewed).status_code == 401
    assert wallet.changed().status_code == 204
    assert f"cust_{shown['serialNumber'].partition('.')[0]}" not in [
        record["g1p"].rpartition("#")[2] for record in store().scan_all("directory", beginning="PASS#")
    ]
    customer(live, holder.number, 4)
    platform.embedded_aws.drain()
    assert push.pushed == []


@pytest.mark.parametrize(
    ("answer", "stays"),
    [((410, "Unregistered"), False), ((400, "BadDeviceToken"), False), ((400, "BadTopic"), True), ((503, ""), True)],
)
def test_a_phone_that_is_gone_is_forgotten_and_any_other_fault_is_tried_again(
    wallet: Wallet, shown: dict[str, Any], push: ApplePush, answer: tuple[int, str], *, stays: bool
) -> None:
    assert wallet.registration(shown).status_code == 201
    push.answers[wallet.push] = answer
    (event,) = events_of(shown)
    assert updates.update_passes(store(), [event], round(time.time() * 1000)) == ([event] if stays else [])
    assert (wallet.changed().status_code == 200) is stays
    push.answers.clear()
    assert updates.update_passes(store(), [event], round(time.time() * 1000)) == []


def test_without_an_answer_of_the_push_service_the_events_wait(
    wallet: Wallet, shown: dict[str, Any], push: ApplePush
) -> None:
    assert wallet.registration(shown).status_code == 201
    push.close()
    (event,) = events_of(shown)
    assert updates.update_passes(store(), [event], round(time.time() * 1000)) == [event]
    assert wallet.changed().status_code == 200, "the phone is there"


def test_many_phones_are_told_over_one_connection_and_the_oldest_makes_place(
    platform: LocalPlatform, wallet: Wallet, shown: dict[str, Any], push: ApplePush, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apns, "_MAX_STREAMS", 3)
    phones = [Wallet(platform, f"{wallet.name}-{at:02d}", push=f"{at:064x}") for at in range(devices.MOST_DEVICES + 2)]
    for each in phones:
        assert each.registration(shown).status_code == 201
    assert [each.changed().status_code for each in phones[:3]] == [204, 204, 200]
    events = events_of(shown, 4)
    assert updates.update_passes(store(), events, round(time.time() * 1000)) == []
    assert sorted(token for token, *_ in push.pushed) == [each.push for each in phones[2:]]
    assert push.connections == 1


def test_google_is_told_of_passes_that_somebody_has_saved(
    platform: LocalPlatform, live: Client, holder: Phone, accounts: None, wallet_of_google: GoogleWallet
) -> None:
    url = holder("ListMyPasses", proven=True).data["google"]["url"]
    assert url.startswith("https://pay.google.com/gp/v/save/")
    (record,) = [
        each for each in store().scan_all("directory", beginning="PASS#G#") if customer_of(holder) in each["g1p"]
    ]
    id = f"3388000000022781234.{record['serial']}.1"
    customer(live, holder.number, 7)
    platform.embedded_aws.drain()
    assert wallet_of_google.patched == [], "nobody has saved it yet"
    wallet_of_google.saved.add(id)
    wallet_of_google.failing = 1
    (event,) = events_of({"serialNumber": record["serial"]})
    now = round(time.time() * 1000)
    assert updates.update_passes(store(), [event], now) == [event]
    assert updates.update_passes(store(), [event], now) == []
    ((patched, content),) = wallet_of_google.patched
    assert (patched, content["loyaltyPoints"]["balance"]) == (id, {"string": "107"})
    assert wallet_of_google.tokens == 1, "one for an hour"
    assert holder("RenewMyQr").status == 200
    assert updates.update_passes(store(), [event], now) == []
    assert len(wallet_of_google.patched) == 1, "a pass with replaced codes is left as it is"
    wallet_of_google.saved.clear()
    month = devices.GOOGLE_UNSAVED_MS + 1
    assert updates.update_passes(store(), [event], now + month) == []
    assert devices.devices_of(store(), "live", str(event.data["customer_id"])) == []


def test_what_phones_say_went_wrong_is_taken(wallet: Wallet) -> None:
    assert wallet.call("POST", "log", json={"logs": ["Get pass task: error"] * 50}).status_code == 200
    assert wallet.call("POST", "log", json={"logs": "no list"}).status_code == 400


def test_without_accounts_nothing_waits_for_phones(
    platform: LocalPlatform, monkeypatch: pytest.MonkeyPatch, boss: Actor
) -> None:
    monkeypatch.setattr(updates, "_offered", (0, False))
    events = events_of({"serialNumber": ".".join(["0" * 26, "0" * 26, "L"])})
    assert updates.defer_pass_updates(store(), events, 1_000_000_000_000) == []


def customer_of(holder: Phone) -> str:
    return str(holder("ReadMyProfile").data["customer_id"])


def events_of(shown: dict[str, Any], count: int = 1) -> list[Event]:
    """Events of coins that moved, of the pass's customer."""
    who, tenant, _ = shown["serialNumber"].split(".")
    return [
        Event(
            id=f"evt_{at:026d}",
            type="coins.issued",
            version=1,
            created_at=0,
            tenant=f"ten_{tenant}",
            mode="live",
            subject="wal_0",
            sequence="1",
            data={"customer_id": f"cust_{who}"},
        )
        for at in range(count)
    ]
