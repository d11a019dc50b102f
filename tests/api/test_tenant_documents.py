"""Documents and branding over HTTP, with the links that lead to the files.

upload_document, list_documents, read_document, replace_document, update_document, delete_document,
record_document_scan; read_branding, save_branding.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
import requests

from local.host import ROOT, LocalPlatform
from tests.api.conftest import Client
from tests.api.tenant_fixtures import signed_in, tenant  # noqa: F401 - fixtures

DOCUMENTS = "/api/v1/tenant/documents"
BRANDING = "/api/v1/tenant/branding"


def png(size: int = 400) -> bytes:
    """A picture of one point, of just so many bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    tail = chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    return head + chunk(b"tEXt", b"x" * (size - len(head) - len(tail) - 12)) + tail


PDF = b"%PDF-1.7\n" + b"1 0 obj\nendobj\n" * 20 + b"%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0" + b"j" * 100 + b"\xff\xd9"
WEBP = b"RIFF" + struct.pack("<I", 100) + b"WEBPVP8 " + b"w" * 92


@pytest.fixture
def admin(platform: LocalPlatform, tenant: Any) -> Client:  # noqa: F811
    return signed_in(platform, tenant, "tenant_admin")


@pytest.fixture
def stranger(platform: LocalPlatform, credentials: dict[str, Any]) -> Client:
    return Client(platform.url, {"Authorization": f"Bearer {credentials['other_tenant_admin']['token']}"})


def register(admin: Client, body: bytes, media: str = "image/png", **more: Any) -> dict[str, Any]:
    asked = {"name": "paper", "media_type": media, "size": len(body), **more}
    answer = admin.post(DOCUMENTS, asked)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


def upload(registered: dict[str, Any], body: bytes, **headers: str) -> requests.Response:
    link = registered["upload"]
    return requests.request(link["method"], link["url"], data=body, headers={**link["headers"], **headers}, timeout=30)


def read(client: Client, id: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{DOCUMENTS}/{id}").json()["data"]
    return answer


@pytest.mark.parametrize(
    ("media", "body"),
    [("image/png", png()), ("application/pdf", PDF), ("image/jpeg", JPEG), ("image/webp", WEBP)],
)
def test_a_document_is_uploaded_checked_and_downloaded(admin: Client, media: str, body: bytes) -> None:
    made = register(
        admin, body, media, name="Größe & Co.pdf", kind="agreement", sha256=hashlib.sha256(body).hexdigest()
    )
    assert made["status"] == "awaiting_upload"
    assert read(admin, made["id"])["download"] is None
    assert upload(made, body).status_code == 200
    ready = read(admin, made["id"])
    assert (ready["status"], ready["content"]["sha256"]) == ("ready", hashlib.sha256(body).hexdigest())
    assert (ready["content"]["size"], ready["content"]["scan"]) == (len(body), "unknown")
    file = requests.get(ready["download"]["url"], timeout=30)
    assert (file.content, file.headers["Content-Type"]) == (body, media)
    assert file.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("media", "body", "reason"),
    [
        ("image/png", JPEG, "type"),
        ("application/pdf", b"%PDF-1.7 cut off", "type"),
        ("image/png", b"<html><script>alert(1)</script>", "type"),
        ("image/webp", PDF, "type"),
    ],
)
def test_what_is_not_what_it_says_is_refused(admin: Client, media: str, body: bytes, reason: str) -> None:
    made = register(admin, body, media)
    assert upload(made, body).status_code == 200
    refused = read(admin, made["id"])
    assert (refused["status"], refused["rejected"]["reason"]) == ("rejected", reason)
    assert refused["download"] is None


def test_the_digest_that_was_announced_is_checked(admin: Client) -> None:
    made = register(admin, PDF, "application/pdf", sha256=hashlib.sha256(b"another").hexdigest())
    upload(made, PDF)
    assert read(admin, made["id"])["rejected"]["reason"] == "sha256"


def test_a_link_takes_what_it_was_made_for_and_nothing_else(admin: Client) -> None:
    body = png()
    made = register(admin, body)
    assert upload(made, body + b"x").status_code == 403, "another size"
    assert upload(made, body, **{"Content-Type": "text/html"}).status_code == 403, "another type"
    url = made["upload"]["url"]
    other = re.sub(r"doc_\w{26}", "doc_" + "0" * 26, url)
    for wrong in (other, url.replace("Expires=900", "Expires=9000"), url[:-2] + "00", url.partition("?")[0]):
        assert requests.put(wrong, data=body, headers=made["upload"]["headers"], timeout=30).status_code == 403
    assert requests.get(url, timeout=30).status_code == 403, "another method"
    assert upload(made, body).status_code == 200


def test_what_was_checked_cannot_be_changed_by_the_old_link(admin: Client) -> None:
    body, forged = png(400), png(400).replace(b"xxxx", b"evil")
    made = register(admin, body)
    upload(made, body)
    ready = read(admin, made["id"])
    assert upload(made, forged).status_code == 200
    again = read(admin, made["id"])
    assert again["content"] == ready["content"]
    assert requests.get(again["download"]["url"], timeout=30).content == body


@pytest.mark.parametrize(
    "wrong",
    [
        {"media_type": "image/svg+xml"},
        {"size": 0},
        {"size": 10 * 1024 * 1024 + 1},
        {"name": ""},
        {"name": "a\nb"},
        {"sha256": "x"},
        {"kind": "novel"},
    ],
)
def test_a_document_is_described_within_bounds(admin: Client, wrong: dict[str, Any]) -> None:
    asked = {"name": "paper", "media_type": "image/png", "size": 10, **wrong}
    assert admin.post(DOCUMENTS, asked).status_code == 400


def test_a_replacement_keeps_the_old_content_until_it_is_checked(admin: Client) -> None:
    first = register(admin, PDF, "application/pdf")
    upload(first, PDF)
    read(admin, first["id"])
    later = PDF.replace(b"1 0 obj", b"2 0 obj")
    body = {"name": "v2", "media_type": "application/pdf", "size": len(later)}
    path = f"{DOCUMENTS}/{first['id']}"
    assert admin.put(path, {**body, "version": 1}).json()["code"] == "version_conflict"
    replaced = admin.put(path, body).json()["data"]
    assert (replaced["status"], replaced["content"]["number"]) == ("ready", 1)
    assert read(admin, first["id"])["content"]["number"] == 1
    upload(replaced, later)
    now = read(admin, first["id"])
    assert (now["content"]["number"], [old["number"] for old in now["history"]]) == (2, [1])
    assert requests.get(now["download"]["url"], timeout=30).content == later


def test_a_record_is_changed_in_parts(admin: Client) -> None:
    made = register(admin, PDF, "application/pdf")
    path = f"{DOCUMENTS}/{made['id']}"
    changed = admin.call("PATCH", path, json={"note": "signed", "version": 1}).json()["data"]
    assert (changed["note"], changed["name"], changed["version"]) == ("signed", "paper", 2)
    assert admin.call("PATCH", path, json={"kind": "tax", "version": 1}).status_code == 409
    assert admin.call("PATCH", path, json={}).json()["data"]["version"] == 2


def test_a_deleted_document_is_gone_with_its_files(admin: Client) -> None:
    made = register(admin, PDF, "application/pdf")
    upload(made, PDF)
    link = read(admin, made["id"])["download"]["url"]
    assert requests.get(link, timeout=30).status_code == 200
    path = f"{DOCUMENTS}/{made['id']}"
    assert admin.call("DELETE", path).json()["data"] == {"id": made["id"], "deleted": True}
    assert requests.get(link, timeout=30).status_code == 404
    assert admin.get(path).status_code == 404
    assert admin.call("DELETE", path).status_code == 404


def test_documents_are_listed_newest_first_page_by_page(admin: Client, stranger: Client) -> None:
    made = [register(admin, PDF, "application/pdf", kind="tax" if number % 2 else "other")["id"] for number in range(5)]
    page = admin.get(f"{DOCUMENTS}?limit=3").json()
    cursor = page["meta"]["next_cursor"]
    rest = admin.get(f"{DOCUMENTS}?limit=3&cursor={cursor}").json()
    assert [each["id"] for each in (*page["data"], *rest["data"])] == made[::-1]
    assert len(admin.get(f"{DOCUMENTS}?kind=tax").json()["data"]) == 2
    assert stranger.get(f"{DOCUMENTS}?limit=3&cursor={cursor}").json()["code"] == "invalid_cursor"


def test_another_tenants_document_is_not_there(admin: Client, stranger: Client) -> None:
    made = register(admin, PDF, "application/pdf")
    upload(made, PDF)
    read(admin, made["id"])
    body = {"name": "mine", "media_type": "image/png", "size": 10}
    for id in (made["id"], "doc_" + "0" * 26, "nonsense"):
        path = f"{DOCUMENTS}/{id}"
        answers = [
            stranger.get(path),
            stranger.put(path, body),
            stranger.call("PATCH", path, json={"note": "x"}),
            stranger.call("DELETE", path),
            stranger.post(BRANDING, {"logo_document_id": id}),
        ]
        assert {(answer.status_code, answer.json()["message"]) for answer in answers} == {(404, "Resource not found.")}
    assert read(admin, made["id"])["status"] == "ready"


def scanned(platform: LocalPlatform, tenant_id: str, document: str, verdict: str, number: int = 1) -> None:
    event = json.loads(Path(ROOT, "events/tenant/record_document_scan.json").read_text())
    event["detail"] = {"tenant_id": tenant_id, "document_id": document, "number": number, "verdict": verdict}
    entry = {
        "EventBusName": platform.platform.resources["EventBus"].name,
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
    }
    platform.embedded_aws.client("events").put_events(Entries=[entry])
    platform.embedded_aws.drain()


def test_a_scanners_verdict_is_kept_and_an_infected_document_kept_back(
    platform: LocalPlatform,
    tenant: Any,  # noqa: F811
    admin: Client,
) -> None:
    made = register(admin, png(), kind="logo")
    upload(made, png())
    read(admin, made["id"])
    scanned(platform, tenant.id, made["id"], "clean")
    assert read(admin, made["id"])["content"]["scan"] == "clean"
    assert admin.post(BRANDING, {"logo_document_id": made["id"]}).json()["data"]["logo_url"]
    scanned(platform, tenant.id, made["id"], "infected")
    found = read(admin, made["id"])
    assert (found["content"]["scan"], found["download"]) == ("infected", None)
    assert admin.get(BRANDING).json()["data"]["logo_url"] is None
    infected = admin.post(BRANDING, {"logo_document_id": made["id"]}).json()
    assert (infected["code"], "Malware" in infected["message"]) == ("document_unfit", True)
    scanned(platform, tenant.id, "doc_" + "0" * 26, "clean")
    scanned(platform, tenant.id, made["id"], "clean", number=9)
    assert read(admin, made["id"])["content"]["scan"] == "infected"


def test_branding_is_saved_and_defaults_come_back(admin: Client) -> None:
    fresh = admin.get(BRANDING).json()["data"]
    assert (fresh["display_name"], fresh["version"]) == ("Jaya Sweets", 0)
    saved = admin.post(BRANDING, {"display_name": "Jaya", "primary_color": "#AABBCC", "version": 0}).json()["data"]
    assert (saved["display_name"], saved["primary_color"], saved["version"]) == ("Jaya", "#aabbcc", 1)
    assert admin.post(BRANDING, {"version": 0}).json()["code"] == "version_conflict"
    back = admin.post(BRANDING, {"email_footer": "Pune\nIndia", "support_url": "https://jaya.example/help"}).json()[
        "data"
    ]
    assert (back["display_name"], back["primary_color"]) == ("Jaya Sweets", fresh["primary_color"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"primary_color": "red"},
        {"primary_color": "#12345"},
        {"accent_color": "#12345g"},
        {"accent_color": "#123456;background:url(x)"},
        {"support_url": "javascript:alert(1)"},
        {"support_url": "http://plain.example"},
        {"support_email": "nobody"},
        {"email_footer": "x" * 1001},
        {"display_name": "a\r\nBcc: x"},
    ],
)
def test_branding_is_validated(admin: Client, wrong: dict[str, Any]) -> None:
    answer = admin.post(BRANDING, wrong)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(wrong)


def test_a_logo_is_a_small_checked_picture(admin: Client) -> None:
    def refused(document: dict[str, Any]) -> str:
        answer = admin.post(BRANDING, {"logo_document_id": document["id"]}).json()
        assert answer["code"] == "document_unfit"
        return str(answer["message"])

    waiting, other = register(admin, png()), register(admin, PDF, "application/pdf")
    assert "Nothing has been uploaded" in refused(waiting)
    upload(other, png() + b" " * (len(PDF) - len(png())) if len(PDF) > len(png()) else png()[: len(PDF)])
    assert "not of the announced type" in refused(other)
    large = register(admin, png(600 * 1024))
    upload(large, png(600 * 1024))
    paper = register(admin, PDF, "application/pdf")
    upload(paper, PDF)
    for document in (large, paper):
        assert "A logo is a checked PNG" in refused(document)
    upload(waiting, png())
    saved = admin.post(BRANDING, {"logo_document_id": waiting["id"]}).json()["data"]
    logo = requests.get(saved["logo_url"], timeout=30)
    assert (logo.content, logo.headers["Content-Type"]) == (png(), "image/png")
    assert admin.call("DELETE", f"{DOCUMENTS}/{waiting['id']}").json()["code"] == "document_in_use"
    admin.post(BRANDING, {})
    assert admin.call("DELETE", f"{DOCUMENTS}/{waiting['id']}").status_code == 200
