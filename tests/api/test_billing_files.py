"""The file of an invoice, where it is made twice at once, or where it can't be stored: download_invoice."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import hashlib
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError, ReadTimeoutError

from batua.billing import filing
from tests.api.billing_fixtures import INVOICES, created, fault, open_shop, seller  # noqa: F401
from tests.api.conftest import Client


def path_of(invoice: dict[str, Any]) -> str:
    return f"{INVOICES}/{invoice['id']}/download"


def test_a_file_that_is_made_twice_at_once_is_one(seller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are drawn before either is noted: the first note stands, and the other says the same of it."""
    path, drawn, beside = path_of(created(seller)), filing._render, list[Any]()

    def meanwhile(*given: Any) -> bytes:
        content = drawn(*given)
        if not beside:
            beside.append(None)
            beside[0] = seller.get(path).json()["data"]
        return content + b"\n% drawn in another way"

    monkeypatch.setattr(filing, "_render", meanwhile)
    link = seller.get(path).json()["data"]
    assert (link["sha256"], link["size"]) == (beside[0]["sha256"], beside[0]["size"])
    content = requests.get(link["url"], timeout=30).content
    assert hashlib.sha256(content).hexdigest() == link["sha256"]
    assert seller.get(path).json()["data"]["sha256"] == link["sha256"]


@pytest.mark.parametrize(
    "wrong",
    [
        ReadTimeoutError(endpoint_url="s3"),
        ClientError({"Error": {"Code": "SlowDown", "Message": "Later"}}, "PutObject"),
    ],
    ids=["no answer", "slow down"],
)
def test_a_file_that_cannot_be_stored_is_made_by_the_next_request(
    seller: Client, monkeypatch: pytest.MonkeyPatch, wrong: Exception
) -> None:
    def failing(*_: Any) -> None:
        raise wrong

    invoice = created(seller)
    with monkeypatch.context() as patched:
        patched.setattr("batua.files.store_content", failing)
        refused = seller.get(path_of(invoice))
    assert (fault(refused), refused.headers["Retry-After"]) == ((503, "service_unavailable"), "5")
    link = seller.get(path_of(invoice)).json()["data"]
    assert requests.get(link["url"], timeout=30).content.startswith(b"%PDF-")
