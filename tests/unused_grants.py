"""`python -m tests.unused_grants FOLDER [--strict]`: the grants of functions' roles that a whole test run never used.

Each process of the run leaves in FOLDER what its functions used (`GRANTS_USED`). A grant without a use is either one
too many, or lacks a test; one that no test can reach is in EXPLAINED with the reason.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from local import templates
from local.host import PARAMETERS, ROOT
from local.model import Platform, Statement

Use = tuple[str, str, int, str]
"""Template, policy, number of the statement, and what of it: `action resource`, or a pattern of leading keys."""

EXPLAINED: dict[tuple[str, str], str] = {
    ("AggregateEntries", "lost-totals"): "the stream's consumer is given up after days of failing",
    ("PublishEvents", "LostEvents"): "the stream's consumer is given up after days of failing",
    ("ProcessDeliveries", "LostDeliveries"): "the stream's consumer is given up after a hundred attempts",
    (
        "DeliverMessage",
        "identity/",
    ): "which of the two SES asks about depends on whether the address or its domain is verified",
    (
        "RotateSigningKeys",
        "PutSecretValue",
    ): "a key is replaced after 90 days; tests/unit/test_keyring.py has the steps",
    ("RequeueWebhooks", "WEBHOOK#*"): "attempts are lost on their way to the queue, which no test here makes happen",
    ("RequeueWebhooks", "dynamodb:UpdateItem"): "as above",
    ("RequeueWebhooks", "sqs:SendMessage"): "as above",
    ("ResumePrefundRequests", "dynamodb:PutItem"): "finds requests whose execution was lost; in virtual time alone",
    ("ResumePrefundRequests", "dynamodb:UpdateItem"): "as above",
    ("ResumePrefundRequests", "states:"): "as above",
    ("FollowUpPrefundRequest", "dynamodb:Query"): "reminds after days; tests/workflows has it in virtual time",
    ("FollowUpPrefundRequest", "TENANT#*"): "reminds after days; tests/workflows has it in virtual time",
    ("ProcessDeliveries", "DELIVERIES#*"): "a shop's request to forget a customer looks through its deliveries",
    ("ProcessDeliveries", "/index/by_parent"): "a shop's request to forget a customer looks through its deliveries",
    ("ProcessDeliveries", "AUDIT#*"): "a shop's request to forget a customer is recorded",
    ("ProcessDeliveries", "#C#*"): "read only where postings conflict at a new customer",
    ("CollectEntries", "s3:DeleteObject"): "clears what an interrupted run staged",
    ("SealMonths", "/index/statement"): "looks for an entry only where the chain has a gap",
    ("PostCustomerTransaction", "dynamodb:UpdateItem"): "months are written by programs with an issuance ratio alone",
    ("ListGatewayInvoices", "s3:GetObject"): "signs links, which no test follows",
    ("ReadGatewayInvoice", "s3:GetObject"): "signs links, which no test follows",
    ("ReadPublicContext", "s3:GetObject"): "signs links, which no test follows",
    ("ReadTenantContext", "s3:GetObject"): "signs links, which no test follows",
    ("TransactionsCaller", "USED#*"): "notes that an API key was used, where one reads; tests read as users",
    ("RewardsCaller", "USED#*"): "notes that an API key was used, where one reads; its routes take users alone",
    ("RewardsPosting", "TENANT#*"): "the number of shards changes only where postings conflict",
    ("RewardsPosting", "dynamodb:UpdateItem"): "the number of shards changes only where postings conflict",
    ("MarketplaceCaller", "USED#*"): "notes that an API key was used, where one reads; its routes take users alone",
    ("SettleOrder", "TENANT#*"): "the number of shards changes only where postings conflict",
    ("SettleOrder", "dynamodb:UpdateItem"): "shards as above, and orders that wait for room in the merchant's month",
    ("WalletsCaller", "USED#*"): "notes that an API key was used, where one reads; tests read as users",
    ("ClarifyPrefundRequest", "s3:ListBucket"): "without it S3 denies what is missing instead of saying so",
    ("AttachmentChecking", "s3:ListBucket"): "without it S3 denies what is missing instead of saying so",
    ("EraseAccount", "dynamodb:Query"): "only the last administrator's erasure looks at the tenant's users",
    ("EraseAccount", "TENANT#*"): "only the last administrator's erasure looks at the tenant's users",
    ("PublishPortal", "s3:"): "a custom resource that runs while a stack is deployed",
    ("ProcessDeliveries", "#M#*"): "read only where postings conflict at a month's shard",
    ("ProcessDeliveries", "TENANT#*"): "the number of shards changes only where postings conflict",
    ("ProcessDeliveries", "dynamodb:UpdateItem"): "the number of shards changes only where postings conflict",
    ("PrefundReading", "#W#*"): "read only where a posting meets a wallet that has changed",
    ("ResumeBalanceRequests", "dynamodb:UpdateItem"): "finds requests whose execution was lost; in virtual time alone",
    ("ResumeBalanceRequests", "states:"): "as above",
    ("AnchorHistory", "staging/anchors"): "notes where it stopped, if it runs out of time",
    ("AnchorHistory", "VerifierSecret"): "checks the signature of the day before, and tests anchor one day",
    ("SendInvoice", "s3:GetObject"): "reads the logo for the PDF, where a tenant has one",
    ("ProcessDeliveries", "s3:DeleteObject"): "a shop's request to forget a customer deletes deliveries kept as files",
    ("ProcessDeliveries", "s3:ListBucket"): "without it S3 denies what is missing instead of saying so",
    ("RedeemMyReward", "REWARDCODES#*"): "rewards with uploaded codes; tests of staff redeem those",
    ("RedeemMyReward", "dynamodb:"): "as above, and the number of shards, which changes only where postings conflict",
    ("RedeemMyReward", "TENANT#*"): "the number of shards changes only where postings conflict",
    ("BillingCaller", "USED#*"): "notes that an API key was used, where one reads; tests read as users",
    ("NotificationsCaller", "USED#*"): "notes that an API key was used, where one reads; its routes take users alone",
    ("PlatformCaller", "USED#*"): "notes that an API key was used, where one reads; its routes take users alone",
    ("SupportCaller", "USED#*"): "notes that an API key was used, where one reads; its routes take users alone",
    ("VerificationCaller", "USED#*"): "notes that an API key was used, where one reads; tests read as users",
    ("RefreshLanding", "s3:ListBucket"): "without it S3 denies what is missing instead of saying so",
    ("BeginImport", "s3:ListBucket"): "without it S3 denies what is missing instead of saying so",
    ("CheckImportPart", "s3:ListBucket"): "without it S3 denies what is missing instead of saying so",
    ("FinishImport", "s3:ListBucket"): "without it S3 denies what is missing instead of saying so",
    ("ListImportRows", "s3:ListBucket"): "without it S3 denies what is missing instead of saying so",
    ("PostImportPart", "s3:ListBucket"): "without it S3 denies what is missing instead of saying so",
    ("PostImportPart", "CAMPAIGN#*"): "bulk issues under a campaign with a budget",
    ("PostImportPart", "TENANT#*"): "the number of shards changes only where postings conflict",
    ("PostImportPart", "dynamodb:UpdateItem"): "the number of shards, and what is left of a campaign's budget",
    ("FailImport", "IMPORTS#*"): "the workflow's last resort, after a step has failed six times",
    ("FailImport", "dynamodb:PutItem"): "as above",
    ("CarryPrograms", "TENANT#*"): "programs whose copies were interrupted",
    ("ReplaceProgram", "dynamodb:ConditionCheckItem"): "a network's program; tests change those with PATCH",
    ("ReplaceProgram", "L#*"): "looks whether coins were issued; tests ask for such changes with PATCH",
    ("ReplaceProgram", "dynamodb:Query"): "looks whether coins were issued; tests ask for such changes with PATCH",
    ("AssignTicket", "s3:GetObject"): "signs links, which no test follows",
    ("ChangeTicketStatus", "s3:GetObject"): "signs links, which no test follows",
    ("RateTicket", "s3:GetObject"): "signs links, which no test follows",
    ("UpdateTicket", "s3:GetObject"): "signs links, which no test follows",
    ("FollowUpVerifications", "RATE#*"): "counts what a provider is asked, from the 21st of a minute on",
    ("FollowUpVerifications", "dynamodb:"): "as above",
    ("ExpireHolds", "#K#*"): "read only where a posting meets its own record",
    ("ListDeadLetters", "sqs:"): "the stacks name their dead letters together with the queues that they came from",
    ("ReplayDeadLetters", "sqs:"): "as above; a test puts back what one of the queues has lost",
    ("DeliverMessage", "social-messaging:"): "the number of a deployment that has one; here there is none",
    ("DownloadPlatformInvoice", "BILLING"): "makes a PDF that the month's run could not make",
    ("DownloadPlatformInvoice", "dynamodb:UpdateItem"): "as above",
    ("DownloadPlatformInvoice", "s3:PutObject"): "as above",
    ("InvoiceUsage", "s3:GetObject"): "reads the logo for the PDF, where the operator has one",
    ("ReconcilePayments", "s3:GetObject"): "reads the logo for a receipt's PDF, where a tenant has one",
    ("ShowPaymentPage", "CREDITS"): "records a payment that the page finds before webhook and schedule do",
    ("ShowPaymentPage", "PAYMENTS#OPEN#*"): "as above",
    ("ShowPaymentPage", "RATE#*"): "as above",
    ("ShowPaymentPage", "dynamodb:UpdateItem"): "as above",
    ("RouteEvents", "TENANT#*"): "routes what PublishEvents could not",
    ("RouteEvents", "sqs:SendMessage"): "as above: mails that an endpoint was turned off",
    ("ProcessDeliveries", "CAMPAIGN#*"): "orders under a campaign with a budget",
    ("AdvanceOrder", "MARKETACCOUNT#*"): "an order of an outside vendor; tests/faults and tests/unit have those",
    ("AdvanceOrder", "dynamodb:PutItem"): "as above",
    ("PlaceMyOrder", "MARKETACCOUNT#*"): "an order of an outside vendor; customers' tests buy out of the house's pool",
    ("PlaceMyOrder", "MARKETPRODUCT#*"): "as above",
    ("PushPasses", "dynamodb:DeleteItem"): "forgets phones and passes that Apple and Google say are gone",
    ("PushPasses", "PASS#G#*"): "as above",
    ("PushPasses", "PASS#D#*"): "as above",
    ("RateMyTicket", "dynamodb:DeleteItem"): "a ticket that is closed by now has nothing due any more",
    ("ResumeSealing", "states:DescribeExecution"): "finds months whose execution was lost; in virtual time alone",
    ("LeaveNetwork", "MARKETORDER#*"): "looks for open orders of gift cards",
    ("RemoveMember", "MARKETORDER#*"): "looks for open orders of gift cards",
    ("RemoveMember", "REDEMPTION#*"): "reads open redemptions; tests leave with one, and are removed without",
    ("RemoveMember", "dynamodb:BatchGetItem"): "as above",
    ("MergeTicket", "s3:GetObject"): "signs links, which no test follows",
    ("ReceiveMail", "TENANT#*"): "one mail comes by the queue; documents and limits are tested on what it calls",
    ("ReceiveMail", "AUDIT#L#*"): "as above",
    ("ReceiveMail", "RATE#*"): "as above",
    ("ReceiveMail", "dynamodb:"): "as above",
    ("ReceiveMail", "s3:PutObject"): "as above",
    ("WriteExportPart", "s3:GetObject"): "an execution that goes on where another one died",
    ("WriteExportPart", "s3:ListBucket"): "without it S3 denies what is missing instead of saying so",
}
"""(policy, part of what is granted) -> why no test uses it."""


def granted(platform: Platform) -> set[Use]:
    """Everything that the roles of functions grant. State machines are judged by `tests/templates`."""
    statements = [
        each for name, role in platform.roles.items() if name in platform.functions for each in role.statements
    ]
    return {use for statement in statements if statement.effect == "Allow" for use in _uses(platform.root, statement)}


def used(folder: Path, root: Path = ROOT) -> set[Use]:
    """What the processes of a run wrote down."""
    found: set[Use] = set()
    for file in sorted(folder.glob("*.json")):
        for stack, policy, number, action, resource, keys in json.loads(file.read_text()):
            if Path(stack).is_relative_to(root):
                place = str(Path(stack).relative_to(root)), policy, number
                found.add((*place, f"{action} {resource}"))
                found.update((*place, key) for key in keys)
    return found


def main(folder: Path, *, strict: bool = False) -> int:
    """1 where something is neither used nor explained, if `strict`."""
    platform = templates.load(ROOT, PARAMETERS)
    everything, seen = granted(platform), used(folder)
    seen |= {(*place, _other_mode(key)) for *place, key in seen if key[:2] in _MODES} & everything
    unused = sorted(everything - seen)
    unexplained = [use for use in unused if not _reasons(use)]
    idle = [entry for entry in EXPLAINED if not any(_explains(entry, use) for use in unused)]
    print(f"{len(everything)} grants, {len(everything & seen)} used, {len(unused) - len(unexplained)} explained")
    for template, policy, number, what in unexplained:
        print(f"  never used: {template}: {policy}, statement {number}: {what}")
    for policy, what in idle:
        print(f"  explained, but used or gone: {policy}: {what}")
    if unexplained or idle:
        print("Take the grant out, test what needs it, or explain it in tests/unused_grants.py.")
    return 1 if strict and (unexplained or idle) else 0


_MODES = {"L#": "T#", "T#": "L#"}
"""Keys of the live books, and of the sandbox: who may use the ones may use the others."""


def _other_mode(key: str) -> str:
    return _MODES[key[:2]] + key[2:]


def _uses(root: Path, statement: Statement) -> Iterator[Use]:
    place = str(statement.stack.relative_to(root)), statement.policy, statement.number
    for action in statement.actions:
        for resource in statement.resources:
            yield (*place, f"{action} {resource}")
    for keys in statement.conditions.values():
        for pattern in keys.get("dynamodb:LeadingKeys", ()):
            yield (*place, pattern)


def _reasons(use: Use) -> list[str]:
    return [reason for entry, reason in EXPLAINED.items() if _explains(entry, use)]


def _explains(entry: tuple[str, str], use: Use) -> bool:
    policy, part = entry
    return policy == use[1] and part in use[3]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), strict="--strict" in sys.argv))
