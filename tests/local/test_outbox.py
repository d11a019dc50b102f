"""The outbox shows what the platform has sent."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.session import Session
from moto import mock_aws

from local.host import LocalPlatform
from local.model import REGION

from .conftest import run


@pytest.fixture
def sender(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LocalPlatform, Any]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    with mock_aws(config={"core": {"passthrough": {"urls": [r"http://127\.0\.0\.1.*"]}}}), run(project) as platform:
        session = Session()
        clients: dict[str, Any] = {name: session.create_client(name, REGION) for name in ("ses", "sesv2", "sns")}
        clients["ses"].verify_email_identity(EmailAddress="no-reply@batua.example")
        requests.delete(f"{platform.url}/local/outbox", timeout=10)  # what other tests of this process have sent
        yield platform, clients


def send(clients: Any) -> None:
    content = {"Subject": {"Data": "Your code"}, "Body": {"Text": {"Data": "It is 123456 <b>"}}}
    source = "no-reply@batua.example"
    clients["ses"].send_email(Source=source, Destination={"ToAddresses": ["Ann@shop.example"]}, Message=content)
    clients["sns"].publish(PhoneNumber="+919876543210", Message="Code 654321")
    clients["sesv2"].send_email(
        FromEmailAddress=source,
        Destination={"ToAddresses": ["bob@shop.example"]},
        Content={"Simple": {"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": "Hello Bob"}}}},
    )


def listed(platform: LocalPlatform, query: str = "") -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = requests.get(f"{platform.url}/local/outbox{query}", timeout=10).json()["messages"]
    return messages


def test_mail_and_text_messages_are_listed_newest_first(sender: tuple[LocalPlatform, Any]) -> None:
    platform, clients = sender
    send(clients)
    assert [
        (message["channel"], message["to"], message["subject"], message["body"]) for message in listed(platform)
    ] == [
        ("email", ["bob@shop.example"], "Welcome", "Hello Bob"),
        ("sms", ["+919876543210"], "", "Code 654321"),
        ("email", ["Ann@shop.example"], "Your code", "It is 123456 <b>"),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?to=ann@shop.example", ["Your code"]),
        ("?to=%2B919876543210", [""]),
        ("?to=+919876543210", [""]),
        ("?channel=email", ["Welcome", "Your code"]),
        ("?channel=sms&to=bob@shop.example", []),
        ("?to=shop.example", []),
    ],
)
def test_the_list_is_filtered_by_receiver_and_channel(
    sender: tuple[LocalPlatform, Any], query: str, found: list[str]
) -> None:
    platform, clients = sender
    send(clients)
    assert [message["subject"] for message in listed(platform, query)] == found


def test_delete_empties_the_outbox_and_later_messages_are_kept(sender: tuple[LocalPlatform, Any]) -> None:
    platform, clients = sender
    send(clients)
    assert requests.delete(f"{platform.url}/local/outbox", timeout=10).status_code == 204
    assert listed(platform) == []
    send(clients)
    assert len(listed(platform)) == 3


def test_a_raw_mail_shows_its_subject_and_text(sender: tuple[LocalPlatform, Any]) -> None:
    platform, clients = sender
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "no-reply@batua.example", "ann@shop.example", "बटुआ"
    mail.set_content("Namaste\n")
    clients["ses"].send_raw_email(RawMessage={"Data": mail.as_bytes()})
    [message] = listed(platform)
    assert (message["subject"], message["body"].strip()) == ("बटुआ", "Namaste")


def test_a_browser_gets_a_page_with_everything_escaped(sender: tuple[LocalPlatform, Any]) -> None:
    platform, clients = sender
    send(clients)
    page = requests.get(f"{platform.url}/local/outbox", headers={"Accept": "text/html"}, timeout=10)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "It is 123456 &lt;b&gt;" in page.text


def test_the_index_links_docs_outbox_and_credentials(sender: tuple[LocalPlatform, Any]) -> None:
    page = requests.get(f"{sender[0].url}/local", timeout=10).text
    assert all(part in page for part in ('href="/api/v1/docs"', 'href="/local/outbox"', ".local/credentials.json"))


def test_other_local_paths_and_methods_are_404(sender: tuple[LocalPlatform, Any]) -> None:
    platform, _ = sender
    assert requests.post(f"{platform.url}/local/outbox", timeout=10).status_code == 404
    assert requests.get(f"{platform.url}/local/other", timeout=10).status_code == 404
