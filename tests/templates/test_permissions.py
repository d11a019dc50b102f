"""House rules of what a role may do, read off the transformed templates."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from tests.templates.stacks import Stack, functions, listed, obey, stacks, strings

LEDGER_CONSUMERS: frozenset[str] = frozenset(
    {
        "ReceiveCashfreePayment",  # a webhook: the payment of a top-up is its key
        "ReceiveRazorpayPayment",
        "ReconcilePayments",
        "ExpireHolds",
        "GiveCampaignCoins",
        "PostImportPart",
        "ProcessDeliveries",
        "ReleaseBalanceRequest",
        "SettleBalanceRequest",
        "SettleOrder",
        "SettlePrefundRequest",
    }
)
"""Functions that move value although no caller of ours asks for it. An endpoint says `moves_value=True`."""

LEDGER_KEEPERS: frozenset[str] = frozenset({"CreateWallet", "PurgeEntries", "UpdateWallet"})
"""Functions that write the ledger table and move nothing: what the archive holds becomes a tombstone, a tenant's own
wallets are made, named and closed."""

LEDGER_WRITES = frozenset(
    f"dynamodb:{action}"
    for action in (
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "BatchWriteItem",
        "PartiQLInsert",
        "PartiQLUpdate",
        "PartiQLDelete",
    )
)

MAP_RUNS = frozenset({"states:DescribeExecution", "states:StopExecution"})
"""What a state machine does with the executions of its distributed maps."""

TAKE_NO_ARN = frozenset(
    {
        "cloudwatch:DescribeAlarms",
        "cloudwatch:PutMetricData",
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
        "sts:GetCallerIdentity",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
)
"""Actions for which the service knows no resource: only `*` is valid."""

SAMS_OWN_POLICIES = frozenset(
    {
        "service-role/AWSLambdaBasicExecutionRole",
        "service-role/AWSLambdaDynamoDBExecutionRole",
        "service-role/AWSLambdaSQSQueueExecutionRole",
        "service-role/AWSCodeDeployRoleForLambda",
        "AWSXrayWriteOnlyAccess",
        "AWSXRayDaemonWriteAccess",
    }
)
"""AWS's managed policies that SAM gives a role by itself, for logs, traces and event sources."""


def test_no_statement_has_a_star_where_aws_takes_an_arn() -> None:
    obey("no `*` in an action, and none in a resource where AWS takes an ARN", _star_faults())


def test_every_function_that_knows_its_caller_may_lease_from_the_rate_limit() -> None:
    """From the 21st request of a minute on it writes the shared counter; without the right each one is a 500 on AWS."""
    obey("a function with a caller may put and update items whose key begins with RATE#", _rate_limit_faults())


def test_a_role_takes_no_managed_policy_but_those_that_sam_needs() -> None:
    obey("AWS's managed policies are too wide; a function states what it needs", _managed_policy_faults())


def test_only_functions_that_move_value_may_write_the_ledger_table() -> None:
    obey("a function may write the ledger table exactly where it moves value", _ledger_faults())


def test_every_statement_on_the_directory_names_the_keys_that_it_is_about() -> None:
    """The directory holds users, credentials, sessions and codes beside everything else: no role has all of it."""
    obey(
        "a statement on the directory table or its indexes has a condition on its leading keys, such as Condition: "
        '{"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["AUDIT#*"]}}; a test that meets a denial names the keys',
        _leading_key_faults(),
    )


def test_a_condition_on_leading_keys_never_allows_all_of_them() -> None:
    obey("a pattern of leading keys begins with the kind of key", _wide_key_faults())


def _leading_key_faults() -> Iterator[str]:
    for stack in stacks():
        for logical_id, statement in _statements(stack):
            actions = [str(action) for action in listed(statement["Action"]) if str(action).startswith("dynamodb:")]
            on_directory = any("DirectoryTable" in text for text in strings(statement.get("Resource", [])))
            if actions and on_directory and not _leading_keys(statement):
                yield f"{stack}: {logical_id} allows {', '.join(actions)} on every key of the directory"


def _wide_key_faults() -> Iterator[str]:
    for stack in stacks():
        for logical_id, statement in _statements(stack):
            for pattern in _leading_keys(statement):
                if pattern.startswith("*"):
                    yield f"{stack}: {logical_id} allows the keys {pattern}"


def _leading_keys(statement: dict[str, Any]) -> list[str]:
    condition = statement.get("Condition") or {}
    kept = [condition.get(f"ForAllValues:{operator}", {}) for operator in ("StringLike", "StringEquals")]
    return [str(pattern) for keys in kept for pattern in listed(keys.get("dynamodb:LeadingKeys", []))]


def _statements(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement that allows something in the stack, with the resource that has it; trust policies aside."""
    for logical_id, resource in stack.transformed["Resources"].items():
        properties = resource.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", []) if isinstance(policy, dict)]
        documents += [properties["PolicyDocument"]] if isinstance(properties.get("PolicyDocument"), dict) else []
        for document in documents:
            for statement in listed(document["Statement"]):
                if statement["Effect"] == "Allow":
                    yield logical_id, statement


def _rate_limit_faults() -> Iterator[str]:
    for function in functions():
        kinds = {
            str(getattr(keyword.value.func, "id", ""))
            for call in function.declarations
            for keyword in call.keywords
            if keyword.arg == "caller" and isinstance(keyword.value, ast.Call)
        }
        if not kinds or kinds <= {"public_caller"}:
            continue
        for action in ("dynamodb:PutItem", "dynamodb:UpdateItem"):
            if not any(_may_write(statement, action, "RATE#") for statement in function.statements):
                yield f"{function}: no {action} of RATE#*"


def _may_write(statement: dict[str, Any], action: str, beginning: str) -> bool:
    if action not in listed(statement["Action"]) or "DirectoryTableArn" not in str(statement["Resource"]):
        return False
    condition = statement.get("Condition")
    keys = (condition or {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
    return condition is None or f"{beginning}*" in (keys or [])


def _star_faults() -> Iterator[str]:
    for stack in stacks():
        for logical_id, statement in _statements(stack):
            if _texts_phones(statement):
                continue
            if "NotAction" in statement or "NotResource" in statement:
                yield f"{stack}: {logical_id} allows by exception (NotAction, NotResource)"
                continue
            actions = [str(action) for action in listed(statement["Action"])]
            for action in actions:
                if "*" in action:
                    yield f"{stack}: {logical_id} allows the action {action}"
            for resource in strings(listed(statement.get("Resource", []))):
                if "*" in resource and not _needs_star(actions, resource):
                    yield f"{stack}: {logical_id} allows {', '.join(actions)} on {resource}"


def _texts_phones(statement: dict[str, Any]) -> bool:
    """A text message goes to a number, for which there is no ARN: the one way to say it is all that is no topic."""
    excepted = statement.get("NotResource")
    topics = isinstance(excepted, dict) and excepted.get("Fn::Sub") == "arn:${AWS::Partition}:sns:*:*:*"
    return topics and listed(statement.get("Action")) == ["sns:Publish"]


def _needs_star(actions: list[str], resource: str) -> bool:
    objects = (
        resource.endswith("/*")
        and resource.count("*") == 1
        and all(":s3:" in resource or a.startswith("s3:") for a in actions)
    )
    # An execution's ARN ends with a name that is chosen at run time; the state machine before it is named.
    executions = ":execution:" in resource and resource.endswith(":*") and actions == ["states:DescribeExecution"]
    # What a distributed map starts is named after its run, as parts of an execution of the machine that is named.
    runs = ":execution:" in resource and resource.endswith("/*") and set(actions) == MAP_RUNS
    return (
        objects
        or ((executions or runs) and resource.count("*") == 1)
        or (resource == "*" and all(action in TAKE_NO_ARN for action in actions))
    )


def _managed_policy_faults() -> Iterator[str]:
    for stack in stacks():
        for logical_id, resource in stack.transformed["Resources"].items():
            if resource["Type"] != "AWS::IAM::Role":
                continue
            for arn in resource["Properties"].get("ManagedPolicyArns", []):
                if (
                    isinstance(arn, dict)
                    and stack.resources.get(str(arn.get("Ref")), {}).get("Type") == "AWS::IAM::ManagedPolicy"
                ):
                    continue
                name = next(strings(arn), "").partition(":policy/")[2]
                if name not in SAMS_OWN_POLICIES:
                    yield f"{stack}: {logical_id} takes {arn}"


def _ledger_faults() -> Iterator[str]:
    for function in functions():
        if not function.file.is_file():
            continue
        moves_value = function.moves_value or function.logical_id in LEDGER_CONSUMERS | LEDGER_KEEPERS
        writes = sorted(
            action
            for statement in function.statements
            if statement["Effect"] == "Allow"
            and any("LedgerTable" in text for text in strings(statement.get("Resource", [])))
            for action in listed(statement["Action"])
            if action in LEDGER_WRITES
        )
        if writes and not moves_value:
            yield f"{function}: may {', '.join(writes)} on the ledger table, but does not declare moves_value=True"
        if moves_value and not writes:
            yield f"{function}: declares moves_value=True, but may not write the ledger table"
