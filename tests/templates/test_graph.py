"""The order in which CloudFormation makes resources: a circle anywhere fails the first deployment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from local.rehearsal.graph import circles, graph_of
from tests.templates.stacks import ROOT, obey, stacks


def test_a_circle_is_found_also_through_a_policy_of_updates() -> None:
    resources = {
        "Alias": {"UpdatePolicy": {"CodeDeployLambdaAliasUpdate": {"DeploymentGroupName": {"Ref": "Group"}}}},
        "Group": {"Properties": {"Alarms": [{"Name": {"Ref": "Alarm"}}]}},
        "Alarm": {"Properties": {"Dimensions": [{"Value": {"Fn::Sub": "${Api}"}}]}},
        "Api": {"Properties": {"Body": {"uri": {"Fn::Sub": "arn:${AWS::Partition}:${Alias.Arn}/invocations"}}}},
        "Table": {"Properties": {"Name": {"Fn::Sub": "batua-${AWS::Region}"}}},
    }
    assert list(circles(graph_of(resources))) == [["Alarm", "Alias", "Api", "Group"]]


def test_no_stack_waits_for_itself() -> None:
    obey(
        "resources of a stack can be made one after the other",
        (
            f"{stack}: {' -> '.join(circle)}"
            for stack in stacks()
            for circle in circles(graph_of(stack.transformed["Resources"]))
        ),
    )


def test_names_of_things_that_are_global_carry_stage_and_region() -> None:
    worldwide = {
        "AWS::CloudFront::Function": ("Name",),
        "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig", "Name"),
        "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig", "Name"),
        "AWS::CloudWatch::Dashboard": ("DashboardName",),
        "AWS::Budgets::Budget": ("Budget", "BudgetName"),
    }

    def faults() -> Iterator[str]:
        for stack in stacks():
            for logical_id, resource in stack.transformed["Resources"].items():
                if resource["Type"] in worldwide:
                    name: Any = resource["Properties"]
                    for part in worldwide[resource["Type"]]:
                        name = name.get(part, {})
                    text = str(name)
                    if "${Stage}" not in text or "${AWS::Region}" not in text:
                        yield f"{stack}: {logical_id} is named {text}"

    obey("a second stage or region must not meet the first one's names", faults())


def test_no_resource_is_named_alike_in_every_stage() -> None:
    named = re.compile(r"(?:^|[A-Za-z])Name$")
    aside = {"AWS::CloudWatch::Alarm", "AWS::Lambda::Permission"}

    def faults() -> Iterator[str]:
        for stack in stacks():
            for logical_id, resource in stack.transformed["Resources"].items():
                if resource["Type"] in aside:
                    continue
                for key, value in resource.get("Properties", {}).items():
                    if named.search(key) and isinstance(value, str) and resource["Type"] in _NAMED:
                        yield f"{stack}: {logical_id} has the literal {key} {value}"

    obey("names are made by CloudFormation or carry the stage", faults())


_NAMED = {
    "AWS::Scheduler::Schedule",
    "AWS::Events::Rule",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
}


def test_no_function_reserves_concurrency() -> None:
    """A new account has ten executions at once, and keeps all of them unreserved: a reservation fails the stack."""
    assert "ReservedConcurrentExecutions" not in "".join(file.read_text() for file in ROOT.glob("functions/*/*.yaml"))


def test_the_front_door_keeps_no_fault() -> None:
    (root,) = [stack for stack in stacks() if stack.file == ROOT / "template.yaml"]
    config = root.transformed["Resources"]["FrontDoor"]["Properties"]["DistributionConfig"]
    kept = {each["ErrorCode"]: each["ErrorCachingMinTTL"] for each in config["CustomErrorResponses"]}
    assert kept == {500: 0, 502: 0, 503: 0, 504: 0}


def test_an_identity_for_mail_is_made_only_where_it_is_asked_for() -> None:
    """One that exists already, verified as the parameter's text wants it, would roll the stack back."""
    (root,) = [stack for stack in stacks() if stack.file == ROOT / "template.yaml"]
    template = root.transformed
    identities = [each for each in template["Resources"].values() if each["Type"] == "AWS::SES::EmailIdentity"]
    assert [each.get("Condition") for each in identities] == ["CreatesMailIdentity"]
    assert template["Parameters"]["MailFromIdentity"]["Default"] == "existing"


def test_nothing_of_a_first_deployment_is_protected_from_its_roll_back() -> None:
    (root,) = [stack for stack in stacks() if stack.file == ROOT / "template.yaml"]
    assert root.transformed["Parameters"]["DeletionProtection"]["Default"] == "off"
    tables = [each for each in root.transformed["Resources"].values() if each["Type"] == "AWS::DynamoDB::Table"]
    assert [each["DeletionPolicy"] for each in tables] == ["RetainExceptOnCreate"] * 2
