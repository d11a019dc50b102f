"""Every sample event against the seed that it is written for: what `make invoke` shows is the thing itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batua.openapi import words
from batua.openapi.inventory import endpoint_inventory
from local import templates
from local.host import PARAMETERS, ROOT, LocalPlatform
from local.invoke import UnusableError, fill, sample_event
from local.runner import FunctionError
from tests.api.matrix import Touched, watched
from tests.local.sample_events import ENDERS

FUNCTIONS = templates.load(ROOT, PARAMETERS).functions


# No event can be written down for these: they need what was mailed, read off a screen, or set in a cookie; what has not
# happened in the seed's month; and of two that end one thing, the second finds it ended.
NEEDS_MORE = {
    "VerifyDocument": "document_unfit",  # the seed announces an upload that never comes
    "NameMyReferrer": "referral_not_offered",  # no program of the seed rewards referrals
    "DownloadPaymentReceipt": "not_found",  # no payment of the seed has an id of its own
    "DownloadPlatformInvoice": "invoice_not_found",  # no month of the seed has been invoiced
    "RegisterEinvoice": "irp_not_set_up",  # the seed has no account with the tax portal
    "CancelEinvoice": "invoice_state",
    "CreateTopUp": "payment_provider_failed",  # no payment page is served here
    "ConfirmPasswordReset": "link_invalid",
    "DownloadPass": "link_invalid",
    "RegisterPass": "401",
    "UnregisterPass": "401",
    "ReadLatestPass": "401",
    "ShowPaymentPage": "link_invalid",
    "VerifyEmail": "link_invalid",
    "UndoIssue": "undo_not_allowed",  # the seed's issue is older than five minutes
    "ConfirmPrefundDecision": "otp_invalid",
    "ResendVerificationEmail": "email_already_verified",
    "FinishMfaSetup": "wrong_code",
    "DisableMfa": "mfa_not_on",
    "LoginSession": "csrf_failed",
    "LogoutSession": "unauthenticated",
    "SignOutCustomer": "unauthenticated",
    "Register": "registration_disabled",
    "SettlePrefundRequest": "PrefundSettlementRefused",
    "AwaitBalanceDecision": "BalanceRequestSuperseded",  # the seed's request has an execution of its own
    "LeaveNetwork": "unauthenticated",  # who has joined signs in again: the token of before names other books
    "RemoveMember": "not_a_member",  # the seed's merchant has been invited, and has not joined
    "ReviewFraudFlag": "not_found",  # nothing in the month of the seed is flagged
    "RejectBalanceRequest": "balance_request_decided",
    "WithdrawBalanceRequest": "balance_request_decided",
    "PublishPortal": "MaxRetryError",  # it answers CloudFormation, which does not listen here
    "ReceiveVerificationEvent": "not_found",  # the seed has no account with a provider of checks
    "ReceiveVendorEvent": "not_found",  # the seed has no account with a vendor
}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlatform]:
    with LocalPlatform(serve=False, credentials=tmp_path_factory.mktemp("samples") / "credentials.json") as running:
        yield running


SECRET = re.compile(r"(^|[._])(token|refresh_token|key|api_key|proof)$|^basic:")
"""Names of credentials, which are signed anew at each start. A reader enters their own under *Authorize*."""

TIMED = frozenset(
    {
        "samples.paid_on",
        "samples.incident_id",
        "samples.admin_message_id",
        "samples.old_admin_message_id",
        "customer.otp_id",
        "customer.proof_otp_id",
        "webhook.event_id",
    }
)
"""What holds the time of the start."""


def test_the_examples_of_the_reference_are_those_of_the_seed(platform: LocalPlatform) -> None:
    """So a call of the interactive reference can be sent as it is shown. A failure says what `EXAMPLES` should say."""
    credentials = json.loads(Path(platform.credentials).read_text())
    wrong = {}
    for name, example in words.EXAMPLES.items():
        if SECRET.search(name) or name in TIMED:
            continue
        try:
            value = fill(f"${{{name}}}", credentials)
        except UnusableError:
            value = "remove it: the seed has no such value"
        if value != example:
            wrong[name] = value
    assert wrong == {}, "in layers/core/batua/openapi/words.py, then `make docs`"


def _in_order(logical_id: str) -> int:
    return ENDERS.index(logical_id) if logical_id in ENDERS else -1


LEAVES_NO_LINE = {
    "DownloadPlatformInvoice": "only files the document of an invoice that was issued and recorded before",
    "DownloadInvoice": "only files the document of an invoice that was issued and recorded before",
    "Logout": "only ends the caller's own session",
}
"""Functions that write although nothing happened which an auditor asks for."""

NOT_MAILED = {
    "ApproveBalanceRequest": "both sides are notified of the decision itself",
    "DecideDispute": "the tenant is notified of the decision itself",
    "RequestPrefundDecisionOtp": "only mails a code to the one who decides",
    "MergeCustomers": "moves coins between two wallets of one customer, and stands in the ledger of both",
    "ReadExport": "changes nothing; that the export was started is mailed",
    "SetBalanceRequestTerms": "decides how long requests wait, not where value goes",
    "CreateTenant": "the new tenant has no people yet",
    "SaveIrpAccount": "the sample saves an account that is turned off",
    "ChangeTenantStatus": "the sample changes nothing",
    "MoveTenant": "the sample changes nothing",
    "UpdateUser": "the sample changes nothing",
    "UpdateReward": "the sample changes neither the price nor what it buys",
}
"""Routes that take a proof of identity and mail nothing to the administrators, with the reason."""

QUIET = ("RATE#", "USED#", "THROTTLE#", "NOTES#")
"""Partitions of what is no act: rate limits, a key's last use, counted attempts, what a person has read."""

OWN_HISTORY = ("TICKET#",)
"""Partitions of what keeps a history of its own, with who did what and when: a support ticket's steps."""


def _outcome(platform: LocalPlatform, logical_id: str, event: Any) -> str:
    try:
        answer = platform.runner.invoke(logical_id, event)
    except FunctionError as error:
        return error.kind
    if not isinstance(answer, dict) or answer.get("statusCode", 200) < 300:
        return "done"
    return str(json.loads(answer["body"])["code"])


def test_every_sample_event_does_what_its_function_is_for(platform: LocalPlatform) -> None:
    credentials = json.loads(Path(platform.credentials).read_text())
    outcomes, unrecorded, quiet = {}, {}, set()
    callers = {each.function: each.declaration.caller for each in endpoint_inventory(ROOT)}
    known = {name: caller.kind for name, caller in callers.items()}
    for logical_id in sorted(FUNCTIONS, key=_in_order):
        event = json.loads(sample_event(ROOT, FUNCTIONS[logical_id]).read_text())
        with watched() as touched:
            outcomes[logical_id] = _outcome(platform, logical_id, fill(event, credentials))
        caller = callers.get(logical_id)
        if caller and caller.kind != "customer" and caller.step_up and '"mail"' not in touched.text:
            quiet.add(logical_id)
        acts, lines = _lines(touched)
        recorded = bool(acts or lines) and len(acts) == len(set(acts))
        changed = [
            partition for partition in touched.written if not partition.startswith(("AUDIT#", *QUIET, *OWN_HISTORY))
        ]
        if known.get(logical_id, "public") not in ("public", "signature") and changed and not recorded:
            unrecorded[logical_id] = (acts, lines, changed)
    others = {name: outcome for name, outcome in outcomes.items() if outcome != NEEDS_MORE.get(name, "done")}
    assert others == {}
    assert {name: found for name, found in unrecorded.items() if name not in LEAVES_NO_LINE} == {}, (
        "what changes something for a caller leaves a line of the ledger, or one in each trail that it concerns"
    )
    assert {name for name in quiet if outcomes[name] == "done"} == set(NOT_MAILED), (
        "what takes a proof of identity is mailed to the tenant's administrators"
    )


def _lines(touched: Touched) -> tuple[list[str], list[str]]:
    """What a request wrote that the audit trail shows: acts and refusals; and lines of the ledger, by partition."""
    acts, lines = [], []
    for partition in touched.written:
        if partition.startswith("AUDIT#"):
            acts.append(partition)
        elif "#K#" in partition:
            lines.append(partition)
    return acts, lines
