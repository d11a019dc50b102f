"""A function's calls are judged by its own role, as IAM would judge them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local import templates
from local.aws.authorization.explanation import explain
from local.aws.authorization.policies import Policies, UnsupportedPolicy
from local.aws.authorization.required import Requirements, UnknownCall
from local.host import PARAMETERS, ROOT
from local.model import Platform, Resource, Role, Statement

from .conftest import write

TABLE = "arn:aws:dynamodb:ap-south-1:123456789012:table/Things"
STACK = ROOT / "functions/shop/template.yaml"


def statement(
    *actions: str,
    resources: tuple[str, ...] = (TABLE,),
    effect: str = "Allow",
    excepts: bool = False,
    **conditions: Any,
) -> Statement:
    written = {name.replace("__", ":"): keys for name, keys in conditions.items()}
    return Statement(STACK, "Shop", 1, effect, actions, resources, excepts, written)


def policies(*statements: Statement) -> Policies:
    return Policies(Role("Shop", STACK, statements), {})


def keyed(*patterns: str) -> Mapping[str, tuple[str, ...]]:
    return {"dynamodb:LeadingKeys": patterns}


def leading(*keys: str) -> dict[str, Any]:
    return {"dynamodb:LeadingKeys": keys}


@pytest.fixture(scope="module")
def required() -> Requirements:
    properties = {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [
            {"IndexName": "by_name", "KeySchema": [{"AttributeName": "g1p", "KeyType": "HASH"}]},
        ],
    }
    table = Resource("Things", "AWS::DynamoDB::Table", properties, "Things", TABLE, STACK)
    return Requirements(Platform(ROOT, {}, {"Things": table}), {"known": "arn:aws:states:::stateMachine:M"}.get)


def needs(required: Requirements, service: str, operation: str, **params: Any) -> list[tuple[str, str, dict[str, Any]]]:
    found = required.of(service, operation, params)
    return [(a, r, {k: v() if callable(v) else v for k, v in context.items()}) for a, r, context in found]


def test_what_no_statement_grants_is_denied() -> None:
    role = policies(statement("dynamodb:PutItem"))
    assert role.allows("dynamodb:PutItem", TABLE, {})
    assert not role.allows("dynamodb:DeleteItem", TABLE, {})
    assert not role.allows("dynamodb:PutItem", f"{TABLE}/index/by_name", {})


def test_every_leading_key_of_a_request_must_fit_one_statement() -> None:
    both = [statement("dynamodb:BatchGetItem", ForAllValues__StringLike=keyed(p)) for p in ("A#*", "B#*")]
    assert policies(*both).allows("dynamodb:BatchGetItem", TABLE, leading("A#1", "A#2"))
    assert not policies(*both).allows("dynamodb:BatchGetItem", TABLE, leading("A#1", "B#2"))


def test_a_scan_has_no_leading_key_and_passes_a_condition_on_all_of_them() -> None:
    role = policies(statement("dynamodb:Scan", ForAllValues__StringLike=keyed("A#*")))
    assert role.allows("dynamodb:Scan", TABLE, {})


def test_a_denial_outweighs_what_allows() -> None:
    role = policies(
        statement("dynamodb:PutItem"),
        statement("dynamodb:PutItem", effect="Deny", ForAnyValue__StringLike=keyed("SECRET#*")),
    )
    assert role.allows("dynamodb:PutItem", TABLE, leading("A#1"))
    assert not role.allows("dynamodb:PutItem", TABLE, leading("SECRET#1"))


def test_patterns_and_exceptions_match_as_in_iam() -> None:
    objects = policies(statement("s3:Get*", resources=("arn:aws:s3:::files/kept/*",)))
    assert objects.allows("s3:GetObject", "arn:aws:s3:::files/kept/a/b", {})
    assert not objects.allows("s3:GetObject", "arn:aws:s3:::files/incoming/a", {})
    phones = policies(statement("sns:Publish", resources=("arn:aws:sns:*:*:*",), excepts=True))
    assert phones.allows("sns:Publish", "*", {})
    assert not phones.allows("sns:Publish", "arn:aws:sns:ap-south-1:123456789012:alarms", {})


def test_a_condition_with_if_exists_holds_without_the_key() -> None:
    role = policies(statement("dynamodb:UpdateItem", StringEqualsIfExists={"dynamodb:ReturnValues": ("NONE",)}))
    assert role.allows("dynamodb:UpdateItem", TABLE, {})
    assert role.allows("dynamodb:UpdateItem", TABLE, {"dynamodb:ReturnValues": ("NONE",)})
    assert not role.allows("dynamodb:UpdateItem", TABLE, {"dynamodb:ReturnValues": ("ALL_OLD",)})


@pytest.mark.parametrize(
    "conditions", [{"StringEquals": {"aws:SourceVpc": ("v",)}}, {"NumericLessThan": {"dynamodb:Select": ("1",)}}]
)
def test_a_condition_that_cannot_be_judged_is_refused_at_the_start(conditions: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedPolicy, match="can't judge it"):
        policies(statement("dynamodb:Query", **conditions))


def test_a_transaction_needs_the_right_of_each_of_its_items(required: Requirements) -> None:
    put = {"Put": {"TableName": "Things", "Item": {"pk": {"S": "A#1"}, "sk": {"S": "-"}, "sum": {"N": "1"}}}}
    update = {
        "Update": {
            "TableName": "Things",
            "Key": {"pk": {"S": "B#1"}, "sk": {"S": "-"}},
            "UpdateExpression": "SET #a.#b = if_not_exists(#a.#b, :one), plain = :two",
            "ConditionExpression": "attribute_exists(#c) AND size(#c) > :one",
            "ExpressionAttributeNames": {"#a": "shards", "#b": "inner", "#c": "state"},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }
    first, second = needs(required, "dynamodb", "TransactWriteItems", TransactItems=[put, update])
    assert first[:2] == ("dynamodb:PutItem", TABLE)
    assert first[2]["dynamodb:Attributes"] == ["pk", "sk", "sum"]
    assert second[0] == "dynamodb:UpdateItem"
    assert second[2] == {
        "dynamodb:LeadingKeys": ("B#1",),
        "dynamodb:Attributes": ["pk", "plain", "shards", "sk", "state"],
        "dynamodb:ReturnValues": ("ALL_OLD",),
        "dynamodb:EnclosingOperation": ["TransactWriteItems"],
    }


def test_a_query_of_an_index_has_the_key_and_the_arn_of_the_index(required: Requirements) -> None:
    [(action, resource, context)] = needs(
        required,
        "dynamodb",
        "Query",
        TableName="Things",
        IndexName="by_name",
        KeyConditionExpression="#n0 = :v0 AND begins_with(#n1, :v1)",
        ExpressionAttributeNames={"#n0": "g1p", "#n1": "g1s"},
        ExpressionAttributeValues={":v0": {"S": "NAME#a"}, ":v1": {"S": "x"}},
    )
    assert (action, resource) == ("dynamodb:Query", f"{TABLE}/index/by_name")
    assert context["dynamodb:LeadingKeys"] == ("NAME#a",)


def test_other_services_need_what_their_reference_says(required: Requirements) -> None:
    deleted = needs(required, "s3", "DeleteObjects", Bucket="b", Delete={"Objects": [{"Key": "a"}, {"Key": "c"}]})
    assert [need[:2] for need in deleted] == [
        ("s3:DeleteObject", "arn:aws:s3:::b/a"),
        ("s3:DeleteObject", "arn:aws:s3:::b/c"),
    ]
    sent = needs(required, "sqs", "SendMessageBatch", QueueUrl="https://sqs.ap-south-1.amazonaws.com/1/q", Entries=[])
    assert [need[:2] for need in sent] == [("sqs:SendMessage", "arn:aws:sqs:ap-south-1:123456789012:q")]
    mail = {"FromEmailAddress": "Batua <a@example.com>", "Content": {"Raw": {"Data": b""}}}
    assert [need[:2] for need in needs(required, "sesv2", "SendEmail", **mail)] == [
        ("ses:SendRawEmail", "arn:aws:ses:ap-south-1:123456789012:identity/a@example.com")
    ]
    needed = needs(required, "stepfunctions", "SendTaskSuccess", taskToken="known", output="{}")
    assert [need[:2] for need in needed] == [("states:SendTaskSuccess", "arn:aws:states:::stateMachine:M")]
    with pytest.raises(UnknownCall, match="s3:RestoreObject"):
        needs(required, "s3", "RestoreObject", Bucket="b", Key="k")


def test_a_denial_shows_the_statement_that_is_missing_as_its_template_writes_it() -> None:
    role = policies(statement("dynamodb:PutItem", ForAllValues__StringLike=keyed("A#*")))
    text = explain(ROOT, role, {TABLE: "!Ref ThingsArn"}, "dynamodb:PutItem", TABLE, leading("B#1", "B#2"))
    assert "functions/shop/template.yaml: the role of Shop does not grant dynamodb:PutItem" in text
    assert "Statement 1 of Shop would, but its condition on dynamodb:LeadingKeys does not hold" in text
    assert "Resource: !Ref ThingsArn" in text
    assert 'Condition: {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["B#*"]}}' in text


def test_roles_are_read_as_sam_writes_them(project: Path) -> None:
    write(
        project / "functions/talk/template.yaml",
        """
        Transform: AWS::Serverless-2016-10-31
        Globals: {Function: {Runtime: python3.12, CodeUri: ., Handler: talk.handler}}
        Resources:
          News: {Type: AWS::SNS::Topic}
          Shared:
            Type: AWS::IAM::ManagedPolicy
            Properties:
              PolicyDocument:
                Statement: [{Effect: Allow, Action: sns:Publish, Resource: !Ref News}]
          Speak:
            Type: AWS::Serverless::Function
            Properties:
              Policies:
                - !Ref Shared
                - SQSSendMessagePolicy: {QueueName: spoken}
        Outputs:
          TopicName: {Value: !GetAtt News.TopicName}
        """,
    )
    role = templates.load(project, cache=False).roles["Speak"]
    granted = {(action, each.resources[0]) for each in role.statements for action in each.actions}
    assert ("sns:Publish", "arn:aws:sns:ap-south-1:123456789012:batua-local-News") in granted
    assert ("sqs:SendMessage*", "arn:aws:sqs:ap-south-1:123456789012:spoken") in granted
    assert role.managed == ("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",)


def test_every_function_of_the_platform_has_a_role_that_can_be_judged() -> None:
    platform = templates.load(ROOT, PARAMETERS)
    assert set(platform.functions) <= set(platform.roles)
    for role in platform.roles.values():
        Policies(role, {})
