"""Passes for Apple Wallet and Google Wallet, by accounts whose certificates are made here, as Apple makes them.

The routes: ReadPassIssuers, SavePassIssuers, ListMyPasses, DownloadPass.
"""

# ruff: noqa: F811 - fixtures are imported

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from batua import clock
from local.host import LocalPlatform
from tests.api.auth_fixtures import Device
from tests.api.conftest import Client
from tests.api.counter import BALANCE
from tests.api.customers import Phone
from tests.api.pass_issuers import (  # noqa: F401 - fixtures among them
    ISSUERS,
    PASS_TYPE,
    TEAM,
    Signer,
    _key,
    _pem,
    apple,
    authority,
    certify,
    google,
    signer,
    subject,
)
from tests.api.rewarding import customer
from tests.api.verification_fixtures import everything_stored
from tests.prefunds import Actor, actor
from tests.support_desk import data, refused


@pytest.fixture(scope="module")
def google_key() -> rsa.RSAPrivateKey:
    return _key()


@pytest.fixture(scope="module")
def boss(platform: LocalPlatform) -> Actor:
    return actor(platform, "Batua", "super_admin")


@pytest.fixture
def accounts(boss: Actor, signer: Signer, authority: Signer, google_key: rsa.RSAPrivateKey) -> Iterator[dict[str, Any]]:
    """Both accounts are saved; afterwards there is none."""
    yield data(boss.put(ISSUERS, {"apple": apple(signer, authority), "google": google(google_key)}))
    data(boss.put(ISSUERS, {"apple": None, "google": None}))


@pytest.fixture
def holder(platform: LocalPlatform, live: Client, phone: str) -> Phone:
    """Somebody with 100 coins, signed in."""
    made = Phone(Device(platform), customer(live, phone))
    made.sign_in()
    return made


def unpacked(platform: LocalPlatform, url: str) -> dict[str, bytes]:
    answer = requests.get(platform.url + url[url.index("/api/") :], timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.apple.pkpass"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_without_accounts_no_wallet_is_offered(holder: Phone) -> None:
    assert holder("ReadMyProfile").data["passes"] == []
    assert holder("ListMyPasses", proven=True).data == {"apple": None, "google": None}


def test_accounts_are_saved_sealed_and_shown_without_their_keys(
    boss: Actor, accounts: dict[str, Any], signer: Signer, google_key: rsa.RSAPrivateKey
) -> None:
    shown = data(boss.get(ISSUERS))
    assert shown["apple"]["pass_type_id"] == PASS_TYPE
    assert shown["apple"]["certificate_expires_at"] == clock.iso(
        round(signer.certificate.not_valid_after_utc.timestamp() * 1000)
    )
    assert shown["google"]["client_email"] == "passes@batua-example.iam.gserviceaccount.com"
    assert "PRIVATE KEY" not in json.dumps(shown)
    stored = everything_stored()
    for secret in (signer.key_pem, _pem(google_key)):
        assert secret.splitlines()[1] not in stored
    kept = data(boss.put(ISSUERS, {"google": None}))
    assert (kept["apple"]["team_id"], kept["google"]) == (TEAM, None)
    assert refused(boss.put(ISSUERS, {"version": 0})) == (409, "version_conflict")


def test_what_is_wrong_with_a_certificate_is_named(boss: Actor, signer: Signer, authority: Signer) -> None:
    other = certify(subject("Another authority"))
    expired = certify(subject("Pass", type=PASS_TYPE, team=TEAM), authority, days=-1)
    cases = [
        ({"certificate": "-----BEGIN CERTIFICATE-----\n" + "x" * 60}, "apple.certificate"),
        ({"pass_type_id": "pass.example.other"}, "apple.certificate"),
        ({"team_id": "ZZZZZZZZZZ"}, "apple.certificate"),
        ({"certificate": expired.pem, "private_key": expired.key_pem}, "apple.certificate"),
        ({"private_key": other.key_pem}, "apple.private_key"),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\n" + "x" * 60}, "apple.private_key"),
        ({"authority": other.pem}, "apple.authority"),
    ]
    for changes, field in cases:
        answer = boss.put(ISSUERS, {"apple": apple(signer, authority, **changes)})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field]), (changes, answer.text)
    wrong = {"issuer_id": "3388000000022781234", "client_email": "a@b.example", "private_key": "k" * 60}
    assert list(boss.put(ISSUERS, {"google": wrong}).json()["errors"]) == ["google.private_key"]
    assert data(boss.get(ISSUERS))["apple"] is None


def test_only_the_operator_sees_or_saves_accounts(platform: LocalPlatform) -> None:
    owner = actor(platform, "Sitara Network", "tenant_admin")
    assert refused(owner.get(ISSUERS)) == (403, "forbidden")
    assert refused(owner.put(ISSUERS, {"apple": None})) == (403, "forbidden")


def test_the_pass_of_apple_holds_the_balance_and_a_code_that_the_counter_reads(
    platform: LocalPlatform, live: Client, holder: Phone, accounts: dict[str, Any]
) -> None:
    assert holder("ReadMyProfile").data["passes"] == ["apple", "google"]
    link = holder("ListMyPasses", proven=True).data["apple"]
    files = unpacked(platform, link["url"])
    shown = json.loads(files["pass.json"])
    assert (shown["passTypeIdentifier"], shown["teamIdentifier"]) == (PASS_TYPE, TEAM)
    assert shown["storeCard"]["primaryFields"][0]["value"] == "100"
    assert shown["storeCard"]["secondaryFields"][0]["value"] == "₹100"
    assert shown["barcodes"][0]["altText"].endswith(holder.number[-4:])
    assert holder.number not in json.dumps(shown)
    read = live.get(BALANCE, params={"qr": shown["barcodes"][0]["message"]})
    assert read.json()["data"]["available"] == 100
    assert files["icon.png"].startswith(b"\x89PNG")
    customer(live, holder.number, 5)
    again = json.loads(unpacked(platform, link["url"])["pass.json"])
    assert again["serialNumber"] == shown["serialNumber"]
    assert again["storeCard"]["primaryFields"][0]["value"] == "105"


def test_the_pass_of_apple_is_signed_by_the_pass_types_certificate(
    platform: LocalPlatform, holder: Phone, accounts: dict[str, Any], authority: Signer, tmp_path: Path
) -> None:
    files = unpacked(platform, holder("ListMyPasses", proven=True).data["apple"]["url"])
    manifest = json.loads(files["manifest.json"])
    assert set(manifest) == set(files) - {"manifest.json", "signature"}
    for name, digest in manifest.items():
        assert hashlib.sha1(files[name], usedforsecurity=False).hexdigest() == digest, name
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("NO OPENSSL: the signature of the pass was not verified")
    for name, body in {**files, "authority.pem": authority.pem.encode(), "other": b"{}"}.items():
        (tmp_path / name).write_bytes(body)

    def verified(content: str) -> bool:
        command = [program, "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", content]
        command += ["-CAfile", "authority.pem", "-purpose", "any", "-out", "verified"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=30, check=False).returncode == 0

    assert verified("manifest.json")
    assert not verified("other")


def test_the_link_to_google_is_signed_and_short_enough(
    live: Client, holder: Phone, accounts: dict[str, Any], google_key: rsa.RSAPrivateKey
) -> None:
    url = holder("ListMyPasses", proven=True).data["google"]["url"]
    start = "https://pay.google.com/gp/v/save/"
    assert url.startswith(start)
    said = jwt.decode(url.removeprefix(start), google_key.public_key(), algorithms=["RS256"], audience="google")
    assert (said["typ"], said["iss"]) == ("savetowallet", "passes@batua-example.iam.gserviceaccount.com")
    (thing,) = said["payload"]["loyaltyObjects"]
    (kind,) = said["payload"]["loyaltyClasses"]
    assert thing["classId"] == kind["id"]
    assert thing["id"].startswith("3388000000022781234.")
    assert thing["loyaltyPoints"]["balance"] == {"string": "100"}
    read = live.get(BALANCE, params={"qr": thing["barcode"]["value"]})
    assert read.json()["data"]["available"] == 100


def test_a_stolen_session_alone_gets_no_code_that_outlives_it(holder: Phone, accounts: dict[str, Any]) -> None:
    assert (holder("ListMyPasses").status, holder("ListMyPasses").code) == (403, "reauthentication_required")
    assert holder("ListMyPasses", proven=True).status == 200


@pytest.mark.parametrize("wrong", ["none", "a.b.c.d.e", "changed", "another customer", "past"])
def test_no_other_link_opens_a_pass(
    platform: LocalPlatform, holder: Phone, accounts: dict[str, Any], wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = holder("ListMyPasses", proven=True).data["apple"]["url"]
    token = url.rpartition("/")[2]
    parts = token.split(".")
    tried = {
        "changed": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "another customer": ".".join(["0" * 26, *parts[1:]]),
        "past": ".".join([*parts[:3], str(int(parts[3]) - 86_400), parts[4]]),
    }.get(wrong, wrong)
    answer = requests.get(f"{platform.url}/api/v1/me/passes/{tried}", timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (400, "link_invalid")


def test_replaced_codes_and_deleted_data_end_a_pass(
    platform: LocalPlatform, live: Client, holder: Phone, accounts: dict[str, Any]
) -> None:
    url = holder("ListMyPasses", proven=True).data["apple"]["url"]
    message = json.loads(unpacked(platform, url)["pass.json"])["barcodes"][0]["message"]
    assert holder("RenewMyQr").status == 200
    assert live.get(BALANCE, params={"qr": message}).status_code != 200
    late = requests.get(platform.url + url[url.index("/api/") :], timeout=30)
    assert (late.status_code, late.json()["code"]) == (400, "link_invalid"), "a thief's link would show the new code"
    url = holder("ListMyPasses", proven=True).data["apple"]["url"]
    assert requests.get(platform.url + url[url.index("/api/") :], timeout=30).status_code == 200
    assert holder("DeleteMyData", proven=True).status == 200
    assert requests.get(platform.url + url[url.index("/api/") :], timeout=30).status_code == 400
