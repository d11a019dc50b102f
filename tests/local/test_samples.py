"""Every sample event against the seed that it is written for: what `make invoke` shows is the thing itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import templates
from local.host import ROOT, LocalPlatform
from local.invoke import fill, sample_event
from local.runner import FunctionError

FUNCTIONS = templates.load(ROOT).functions

# What ends things comes last, the end of the caller's own session at the very end.
ENDERS = [
    "ApproveBalanceRequest",
    "SettleBalanceRequest",
    "RejectBalanceRequest",
    "RequestPrefundDecisionOtp",
    "RequestPrefundClarification",
    "ReplaceDocument",
    "DeleteDocument",
    "RotateApiKey",
    "RevokeApiKey",
    "DeleteConnection",
    "DeleteWebhookEndpoint",
    "RefreshToken",
    "RequestAccountDeletion",
    "ChangePassword",
    "Logout",
    "LogoutSession",
]

# No event can be written down for these: they need what was mailed, read off a screen, or set in a cookie; what has not
# happened in the seed's month; and of two that end one thing, the second finds it ended.
NEEDS_MORE = {
    "ConfirmPasswordReset": "link_invalid",
    "VerifyEmail": "link_invalid",
    "ConfirmPrefundDecision": "otp_invalid",
    "ResendVerificationEmail": "email_already_verified",
    "FinishMfaSetup": "wrong_code",
    "DisableMfa": "mfa_not_on",
    "LoginSession": "csrf_failed",
    "LogoutSession": "unauthenticated",
    "Register": "registration_disabled",
    "SettlePrefundRequest": "PrefundSettlementRefused",
    "ReviewFraudFlag": "not_found",  # nothing in the month of the seed is flagged
    "RejectBalanceRequest": "balance_request_decided",
    "PublishPortal": "MaxRetryError",  # it answers CloudFormation, which does not listen here
}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlatform]:
    with LocalPlatform(serve=False, credentials=tmp_path_factory.mktemp("samples") / "credentials.json") as running:
        yield running


def _in_order(logical_id: str) -> int:
    return ENDERS.index(logical_id) if logical_id in ENDERS else -1


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
    outcomes = {}
    for logical_id in sorted(FUNCTIONS, key=_in_order):
        event = json.loads(sample_event(ROOT, FUNCTIONS[logical_id]).read_text())
        outcomes[logical_id] = _outcome(platform, logical_id, fill(event, credentials))
    others = {name: outcome for name, outcome in outcomes.items() if outcome != NEEDS_MORE.get(name, "done")}
    assert others == {}
