"""The OpenAPI document, the declarations, the templates and the error catalogue say the same."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from batua.errors import CATALOGUE
from batua.openapi.__main__ import contents
from batua.openapi.document import openapi_document
from batua.openapi.inventory import EndpointSource, endpoint_inventory
from batua.openapi.responses import refusals as declared_refusals
from local import templates
from local.host import PARAMETERS
from tests.unit import reachable

ROOT = reachable.ROOT

ENDS_A_HOLD = {
    "hold_not_open": "the redemption's own state is told instead",
    "capture_exceeds_hold": "all that is held is captured",
}
GIVES_BACK = {
    **ENDS_A_HOLD,
    "redemption_overdue": "coins are given back after the deadline too",
    "mir_limit_reached": "nothing is captured",
}
REDEEMS = {
    "coins_exceed_bill": "no bill is given",
    "redemption_not_found": "a redemption is stored with its entry",
}
RECORDS_PAYMENTS = dict.fromkeys(
    (
        "refund_whole_only",
        "not_reversible",
        "nothing_to_reverse",
        "insufficient_balance",
        "reversal_exceeds_original",
        "credit_exceeds_debits",
    ),
    "what a wallet cannot give back yet is collected later",
) | {
    "wallet_not_active": "a frozen wallet's payment is answered busy, so that it comes again",
    "wallet_closed": "a tenant's main wallet can't be closed",
}

SETTLED_LATER = dict.fromkeys(
    ("hold_not_open", "capture_exceeds_hold"), "what can't be settled at once is left to the workflow"
)
SETTLES_NOTHING = SETTLED_LATER | dict.fromkeys(
    ("wallet_closed", "wallet_not_active", "insufficient_balance"), "only an approval moves value"
)
NEVER = {
    "RedeemReward": REDEEMS,
    "RedeemMyReward": REDEEMS,
    "Checkout": {
        "coins_exceed_bill": "no bill is given",
        "service_unavailable": "an execution that was not started is started by the schedule",
    },
    "PlaceMyOrder": {
        "coins_exceed_bill": "no bill is given",
        "service_unavailable": "an execution that was not started is started by the schedule",
    },
    "ReadMyProduct": {"customer_not_found": "no QR code is given"}
    | dict.fromkeys(
        (
            "coins_exceed_bill",
            "insufficient_balance",
            "mir_limit_reached",
            "product_sold_out",
            "program_not_started",
            "program_paused",
            "wallet_not_active",
        ),
        "what is in the way of an order is told in the quote",
    ),
    "ApproveRedemption": ENDS_A_HOLD,
    "FulfillRedemption": ENDS_A_HOLD,
    "RejectRedemption": GIVES_BACK,
    "CancelRedemption": GIVES_BACK,
    "PostCustomerTransaction": {
        "insufficient_balance": "answered as insufficient_points, in the words of the reference",
        "coins_exceed_bill": "no bill is given",
        "no_rule_matches": "the points are given, no rule is asked",
        "daily_cap_reached": "the points are given, no rule is asked",
        "mir_limit_reached": "an application's program has no ceiling",
        "insufficient_float": "an application's program is not prefunded",
    },
    "PreviewEarning": dict.fromkeys(
        (
            "balance_limit_exceeded",
            "daily_cap_reached",
            "no_rule_matches",
            "program_ended",
            "program_not_started",
            "program_paused",
            "wallet_not_active",
        ),
        "what earns nothing is shown as zero coins",
    ),
    "CreateApiKey": {
        "not_found": "the caller's own tenant is there, and so is the key that was just made",
    },
    "RedeemCoins": {"insufficient_float": "a redemption takes nothing from the merchant's wallet"},
    "ReverseCoins": {
        "insufficient_float": "an undone issue gives back to the merchant's wallet",
        "nothing_to_transfer": "where a merged wallet has no coins, the reversal records a shortfall",
    },
    "ApproveBalanceRequest": {"wallet_closed": "a tenant's main wallet can't be closed"} | SETTLED_LATER,
    "RejectBalanceRequest": SETTLES_NOTHING,
    "WithdrawBalanceRequest": SETTLES_NOTHING,
    "CreateTransaction": {"wallet_closed": "a tenant's main wallet can't be closed"},
    "CreditWallet": {"insufficient_balance": "a credit takes nothing"},
    "ReceiveRazorpayPayment": RECORDS_PAYMENTS,
    "ReceiveVerificationEvent": {"validation_error": "a check was validated when it was requested"},
    "ReceiveVendorEvent": {"service_unavailable": "what does not start is started by the schedule"},
    "ReceiveCashfreePayment": RECORDS_PAYMENTS,
    "CaptureTransaction": {
        "insufficient_balance": "what is captured has been set aside",
        "wallet_closed": "a wallet with holds can't be closed",
        "wallet_not_active": "a frozen wallet's holds can be ended",
    },
    "VoidTransaction": {
        "insufficient_balance": "what is voided has been set aside",
        "wallet_closed": "a wallet with holds can't be closed",
        "wallet_not_active": "a frozen wallet's holds can be ended",
    },
    "RefundTransaction": {
        "nothing_to_transfer": "where a merged wallet has no coins, the reversal records a shortfall",
        "insufficient_float": "an undone issue gives back to the merchant's wallet",
        "wallet_not_active": "what a frozen wallet did can be undone",
    },
    "DecideDispute": {
        "wallet_not_active": "what a frozen wallet did can be undone",
        "not_reversible": "a dispute is raised only on what can be undone",
    },
    "ListAudit": {"reauthentication_required": "the outcome of a recorded refusal is compared with it"},
    "ReadTransaction": {"idempotency_key_reused": "nothing is ordered"},
    "ListDisputes": {"idempotency_key_reused": "nothing is ordered"},
}
"""What the text of the code leads to, but its arguments keep from happening: function -> code -> why."""


@cache
def found() -> list[EndpointSource]:
    return endpoint_inventory(ROOT)


@cache
def written() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ROOT / "functions/platform/openapi.json").read_text(encoding="utf-8"))
    return content


@cache
def wanted() -> dict[Path, str]:
    """What the declarations say now."""
    return contents(ROOT)


@pytest.mark.parametrize(
    "file", ["functions/platform/openapi.json", "docs/endpoints.md", "docs/errors.md", "docs/events.md"]
)
def test_what_is_written_is_what_the_declarations_say(file: str) -> None:
    stale = (ROOT / file).read_text(encoding="utf-8") != wanted()[ROOT / file]
    assert not stale, f"{file} is stale; run: make docs"


def test_the_document_is_valid_openapi() -> None:
    validate(written())


def test_the_document_is_the_same_in_whatever_order_the_endpoints_come() -> None:
    turned = json.dumps(openapi_document(found()[::-1]))
    assert json.loads(turned) == json.loads(wanted()[ROOT / "functions/platform/openapi.json"])


def test_every_route_of_the_templates_is_documented_and_no_other() -> None:
    documented = {
        f"{method.upper()} {path}": operation["operationId"]
        for path, methods in written()["paths"].items()
        for method, operation in methods.items()
    }
    deployed = {
        f"{event.properties['Method'].upper()} {event.properties['Path']}": function.logical_id
        for function in templates.load(ROOT, PARAMETERS).functions.values()
        for event in function.events
        if event.type == "HttpApi"
    }
    # The documentation's page has assets below it, which are no endpoints of their own.
    assert deployed.pop("GET /api/v1/docs/{asset}") == "ReadDocs"
    # HEAD is the GET of the same address without its body.
    heads = {route: function for route, function in deployed.items() if route.startswith("HEAD ")}
    assert all(deployed.pop(route) == deployed[f"GET {route[5:]}"] for route in heads)
    # OPTIONS is what a browser asks before it calls any method of the address from another site's page.
    from batua.api.cors import PATHS

    open_to_browsers = {route.partition(" ")[2] for route in deployed if route.partition(" ")[2].startswith(PATHS)}
    preflights = {route: function for route, function in deployed.items() if route.startswith("OPTIONS ")}
    for route, function in preflights.items():
        assert function in {
            deployed.get(f"{method} {route[8:]}") for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        }
        del deployed[route]
    assert {route[8:] for route in preflights} == open_to_browsers
    assert documented == deployed


def test_operation_ids_are_given_once() -> None:
    ids = [operation["operationId"] for path in written()["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    text = json.dumps(written())
    components = written()["components"]
    names = {f"#/components/{kind}/{name}" for kind in components for name in components[kind]}
    used = {part.partition('"')[0] for part in text.split('"$ref": "')[1:]}
    assert used <= names
    unused = {name for name in names - used if "/securitySchemes/" not in name}
    assert not unused


@pytest.mark.parametrize("endpoint", found(), ids=lambda endpoint: endpoint.function)
def test_every_error_that_a_handler_can_raise_is_declared(endpoint: EndpointSource) -> None:
    declared = {kind.code for kind in declared_refusals(endpoint.declaration)}
    assert reachable.raised(endpoint.file) - set(NEVER.get(endpoint.function, ())) <= declared


@pytest.mark.parametrize("endpoint", found(), ids=lambda endpoint: endpoint.function)
def test_the_idempotency_key_is_documented_wherever_the_code_reads_it(endpoint: EndpointSource) -> None:
    operation = written()["paths"][endpoint.declaration.path][endpoint.declaration.method.lower()]
    documented = {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
    # A dispute is decided once: the same decision again gets the same answer, with whatever key.
    assert documented == (reachable.reads_idempotency_key(endpoint.file) or endpoint.function == "DecideDispute")


def test_every_refusal_of_a_decision_is_in_the_catalogue() -> None:
    unknown = [f"{file.name}: {code}" for file, code in reachable.refusals() if code not in CATALOGUE]
    assert not unknown
