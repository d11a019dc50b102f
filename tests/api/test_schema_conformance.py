"""Every route against its own description, with input made up from it: good, bad and at the edges.

Whatever is sent, there is no 5xx, and every answer has a status, a content type and a shape that the OpenAPI document
tells. The platform is one of its own, since random requests change what other tests rely on.
"""

from __future__ import annotations

import json
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from batua.identity.roles import ROLES
from batua.openapi.inventory import endpoint_inventory
from tests.served import ROOT, Served, served

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
]

WHO = {"phone", "wallet_id", "qr"}
CALLERS = {endpoint.function: endpoint.declaration.caller.kind for endpoint in endpoint_inventory(ROOT)}
PATHS = {endpoint.function: endpoint.declaration.path for endpoint in endpoint_inventory(ROOT)}
PERMISSIONS = {endpoint.function: endpoint.declaration.caller.permission for endpoint in endpoint_inventory(ROOT)}
PEOPLE = {
    "merchant_admin": "merchant_admin",
    "merchant_tenant_admin": "tenant_admin",
    "staff": "staff",
    "operator": "super_admin",
}
"""Credential -> the role of the person behind it."""
NEVER_GOOD = {
    "ApproveNetworkAllowlist": "no proposal waits",
    "ChangePassword": "random passwords are not the seed's",
    "ConfirmPasswordReset": "its token came by mail",
    "CreatePrefundRequest": "needs a proof that was uploaded",
    "CreditWallet": "random wallets are nobody's",
    "DisableMfa": "needs a password and a code",
    "FinishMfaSetup": "needs a code of the moment",
    "ListChildBalanceRequests": "random dates and ids are refused or find nothing",
    "ListMyBalanceRequests": "random dates and ids are refused or find nothing",
    "LogoutSession": "ends cookie sessions, not tokens",
    "LoginSession": "made-up names and passwords are nobody's",
    "MergeCustomers": "the seed's customer is not another than itself",
    "ObtainToken": "made-up names and passwords are nobody's",
    "ProvePhone": "needs a code of the moment",
    "ReassignIssue": "the seed's customer is not another than itself",
    "RefreshCustomerSession": "a refresh token is good once",
    "RefreshToken": "a refresh token is good once",
    "Register": "registration is by invitation",
    "RequestAccountDeletion": "needs the password",
    "RequestBalance": "the parent has no child's wallet of a random name",
    "RequestSignInCode": "made-up slugs are nobody's",
    "RequestPasswordReset": "made-up addresses are no addresses",
    "ResendVerificationEmail": "the seed's addresses are verified",
    "SignInCustomer": "needs a code of the moment",
    "SignOutCustomer": "would end the session that the other routes are tried with",
    "Transfer": "random wallets are nobody's",
    "VerifyEmail": "its token came by mail",
}
"""Functions whose good answers random input cannot reach, and why; they have tests of their own."""
LAST_WORDS = {"Logout", "LogoutSession", "RequestAccountDeletion"}
"""Functions after which a user is not answered any more, so another one calls them."""

MET: defaultdict[str, set[int]] = defaultdict(set)
"""Function -> the statuses that it answered with."""

DOCUMENT = json.loads((ROOT / "functions/platform/openapi.json").read_text())
# Random examples of each route, besides those at every edge of its schema: fewer where there are more routes.
EXAMPLES = int(os.environ.get("CONFORMANCE_EXAMPLES", max(5, min(25, 1_200 // len(CALLERS)))))
schema = schemathesis.openapi.from_dict(DOCUMENT)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("platform")) as running:
        yield running


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: schemathesis.Case[Any], platform: Served) -> None:
    _meet_someone(case, platform.credentials)
    answer = case.call_and_validate(base_url=platform.url, checks=CHECKS, **_credential(case, platform.credentials))
    MET[_function(case)].add(answer.status_code)


def test_good_input_was_among_it(platform: Served) -> None:
    """A test that only ever hears 400 proves little."""
    unheard = {function for function, statuses in MET.items() if not any(status < 400 for status in statuses)}
    of_something_made_before = {function for function in unheard if "{" in PATHS[function] and not _is_known(function)}
    assert sorted(unheard - of_something_made_before - set(NEVER_GOOD)) == []


def _is_known(function: str) -> bool:
    """Whether the seed has what stands in the path; anything else has to be made first, as the other tests do."""
    return PATHS[function].startswith(("/api/v1/merchant/", "/wallets", "/gateway/wallet/api/ledgers/"))


def _meet_someone(case: schemathesis.Case[Any], credentials: dict[str, Any]) -> None:
    """Puts a customer or a transaction that there is in place of a random one, in three of four good requests."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    dice = random.Random(repr((case.path_parameters, case.query, case.body)))
    samples = credentials["samples"]
    if dice.random() < 0.25:
        return
    known = {
        "source_id": credentials["rehook"]["source_id"],
        "wallet_id": credentials["rehook"]["wallet_id"],
        "customerId": credentials["prayog_parent"]["customer_id"],
        "id": samples["transaction_id" if "/coins/" in case.path else "customer_id"],
    }
    for name in case.path_parameters or {}:
        case.path_parameters[name] = known.get(name, case.path_parameters[name])
    for part in (case.query, case.body):
        if isinstance(part, dict) and WHO & set(_properties(case)):
            who = dice.choice(sorted(WHO))
            for name in WHO:
                part.pop(name, None)
            part[who] = samples[who]
    if isinstance(case.query, dict):
        case.query.pop("cursor", None)


def _function(case: schemathesis.Case[Any]) -> str:
    name: str = case.operation.definition.raw["operationId"]
    return name


def _properties(case: schemathesis.Case[Any]) -> set[str]:
    """The names that a request of this route may give, in its query or its body."""
    raw = case.operation.definition.raw
    names = {parameter.get("name") for parameter in raw["parameters"]}
    for content in raw.get("requestBody", {}).get("content", {}).values():
        names |= set(DOCUMENT["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]["properties"])
    return names


def _credential(case: schemathesis.Case[Any], credentials: dict[str, Any]) -> dict[str, Any]:
    """What the route asks for: an API key (the sandbox's, where its clock is moved), an application's, a user's."""
    caller = CALLERS[_function(case)]
    if caller == "basic":
        return {"auth": (credentials["rehook"]["username"], credentials["rehook"]["password"])}
    if caller == "public":
        return {}
    if caller == "tenant":
        parent = credentials["prayog_parent"]
        key = parent["test_key" if "X-Test-Clock" in (case.headers or {}) else "token"]
        # Where a case leaves the header out, it stays out: that is to be refused.
        named = {"X-Tenant-Id": parent["tenant_id"]} if "X-Tenant-Id" in (case.headers or {}) else {}
        return {"headers": {"Authorization": f"Bearer {key}", **named}}
    if caller == "customer":
        someone = credentials["customer"]
        token = "ended" if _function(case) == "SignOutCustomer" else someone["token"]
        return {"headers": {"Authorization": f"Bearer {token}", "X-Reauthentication": someone["proof"]}}
    token = credentials["merchant_test_key" if "X-Test-Clock" in (case.headers or {}) else "merchant_live_key"]
    if caller == "user":
        person = credentials[_person(_function(case))]
        return {"headers": {"Authorization": f"Bearer {person['token']}", "X-Reauthentication": person["proof"]}}
    return {"headers": {"Authorization": f"Bearer {token}"}}


def _person(function: str) -> str:
    """Who signs in for a route: the first of the seed's people whose role allows it."""
    if function in LAST_WORDS:
        return "cashier"
    return next(who for who, role in PEOPLE.items() if PERMISSIONS[function] in {None, *ROLES[role]})
