"""A supplier of the test's own, and what the tests of billing send and look for."""

from __future__ import annotations

from typing import Any

import pytest

from batua import clock
from batua.billing.series import document_number, series_year
from tests.api.conftest import Client
from tests.api.shops import Open, open_shop  # noqa: F401 - a fixture

INVOICES = "/api/v1/invoices"
PROFILE = "/api/v1/billing/tax-profile"
SUPPLIER = {
    "legal_name": "Sharma Trading Company Private Limited",
    "gstin": "29AAGCB7383J1Z4",
    "address": ["12 MG Road"],
    "city": "Bengaluru",
    "pin_code": "560001",
    "upi": "sharma@hdfcbank",
    "bank": [{"label": "IFSC", "text": "HDFC0000123"}],
    "default_hsn_or_sac": "998314",
}
BUYER = {
    "legal_name": "Anand Foods Private Limited",
    "gstin": "29AAACH7409R1ZX",
    "address": ["4 Brigade Road"],
    "city": "Bengaluru",
    "pin_code": "560025",
}


def profile_saved(admin: Client, **more: Any) -> None:
    answer = admin.put(PROFILE, {**SUPPLIER, **more})
    assert answer.status_code == 200, answer.text


def line(price: str = "1000.00", rate: float = 18, **more: Any) -> dict[str, Any]:
    return {"description": "Loyalty programme", "unit_price": price, "gst_rate": rate, **more}


def wanted(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"customer": BUYER, "lines": list(lines) or [line()], "finalize": True, **more}


def created(admin: Client, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = admin.post(INVOICES, wanted(*lines, **more))
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def numbered(series: Any, number: int) -> str:
    """The number of a document that is issued today."""
    return document_number(series, series_year(clock.system(), "Asia/Kolkata"), number)


def fault(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def seller(open_shop: Open) -> Client:  # noqa: F811
    """The administrator of a new tenant that is registered under GST."""
    admin = open_shop().user("tenant_admin")
    profile_saved(admin)
    return admin
