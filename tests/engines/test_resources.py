from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from local.aws import UnsupportedMoto, UnsupportedResource
from local.model import ACCOUNT, REGION, EventSource

from .conftest import STORE, function, item, queue, read, resource, store_table


def secret(**properties: Any) -> Any:
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:Secret-Local0"
    return resource("Secret", "AWS::SecretsManager::Secret", arn, **properties)


def test_a_generated_secret_stands_in_its_template_and_answers_to_its_arn(started: Any) -> None:
    generate = {"SecretStringTemplate": '{"kid": "k1"}', "GenerateStringKey": "pepper", "PasswordLength": 40}
    declared = secret(GenerateSecretString=generate)
    aws = started(declared)
    value = aws.client("secretsmanager").get_secret_value(SecretId=declared.arn)["SecretString"]
    assert json.loads(value)["kid"] == "k1"
    assert len(json.loads(value)["pepper"]) == 40


def test_buckets_topics_and_parameters_are_there(started: Any) -> None:
    inbox = queue("Inbox")
    topic_arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:Topic"
    subscription = {"Protocol": "sqs", "Endpoint": inbox.arn}
    aws = started(
        inbox,
        resource("bucket", "AWS::S3::Bucket", "arn:aws:s3:::bucket"),
        resource("Topic", "AWS::SNS::Topic", topic_arn, Subscription=[subscription]),
        resource("Parameter", "AWS::SSM::Parameter", "arn", Type="String", Value="v"),
        resource("Role", "AWS::IAM::Role", "arn"),
    )
    aws.client("s3").put_object(Bucket="bucket", Key="k", Body=b"v")
    assert aws.client("s3").get_object(Bucket="bucket", Key="k")["Body"].read() == b"v"
    aws.client("sns").publish(TopicArn=topic_arn, Message="hello")
    url = aws.client("sqs").get_queue_url(QueueName="Inbox")["QueueUrl"]
    assert len(aws.client("sqs").receive_message(QueueUrl=url)["Messages"]) == 1
    assert aws.client("ssm").get_parameter(Name="Parameter")["Parameter"]["Value"] == "v"


def test_a_verified_identity_may_send_mail(started: Any) -> None:
    aws = started(resource("Mail", "AWS::SES::EmailIdentity", "arn", EmailIdentity="from@example.com"))
    body = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
    aws.client("sesv2").send_email(
        FromEmailAddress="from@example.com", Destination={"ToAddresses": ["to@example.com"]}, Content=body
    )


def test_a_type_that_is_not_known_is_refused_by_name(started: Any) -> None:
    with pytest.raises(UnsupportedResource, match="AWS::MSK::Cluster"):
        started(resource("Cluster", "AWS::MSK::Cluster", "arn"))


def test_an_event_that_is_not_served_is_refused_by_name(started: Any) -> None:
    with pytest.raises(UnsupportedResource, match="Kinesis"):
        started(function("Reader", EventSource("Stream", "Kinesis", {})))


def test_another_moto_is_refused(started: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.aws.patching.version", lambda _: "5.3.0")
    with pytest.raises(UnsupportedMoto, match=r"5\.3\.0"):
        started(store_table())


def test_closing_leaves_botocore_moto_and_the_environment_as_they_were(started: Any) -> None:
    from botocore.handlers import BUILTIN_HANDLERS
    from moto.events.models import Rule

    before = (dict(os.environ), list(BUILTIN_HANDLERS), dict(vars(Rule)))
    started(store_table()).close()
    assert (dict(os.environ), list(BUILTIN_HANDLERS), dict(vars(Rule))) == before


def test_a_start_that_fails_leaves_nothing_behind(started: Any) -> None:
    before = dict(os.environ)
    with pytest.raises(UnsupportedResource):
        started(store_table(), resource("Cluster", "AWS::MSK::Cluster", "arn"))
    assert dict(os.environ) == before
    started(store_table())


@pytest.mark.parametrize("store", ["file", "dynoxide"])
def test_a_store_in_a_file_keeps_its_data_over_a_restart(started: Any, tmp_path: Path, store: str) -> None:
    file = tmp_path / "data" / "store.db"
    first = started(store_table(), store=store, data_file=file)
    first.client("dynamodb").put_item(TableName=STORE, Item=item("w", balance=5))
    first.close()
    second = started(store_table(), store=store, data_file=file)
    assert read(second.client("dynamodb"), "w") == item("w", balance=5)


@pytest.mark.parametrize("store", ["file", "dynoxide"])
def test_a_kept_table_with_other_indexes_is_refused(started: Any, tmp_path: Path, store: str) -> None:
    file = tmp_path / "store.db"
    started(store_table(), store=store, data_file=file).close()
    other = store_table()
    other.properties["GlobalSecondaryIndexes"][0]["IndexName"] = "renamed"
    with pytest.raises(UnsupportedResource, match="other keys or indexes"):
        started(other, store=store, data_file=file)


def test_a_table_tells_about_how_many_items_it_has(started: Any) -> None:
    """Each start asks, so they are not counted for it. DynamoDB's own number is hours old."""
    client = started(store_table()).client("dynamodb")
    told = []
    for number in range(3):
        told.append(client.describe_table(TableName=STORE)["Table"]["ItemCount"])
        client.put_item(TableName=STORE, Item=item(str(number)))
    assert told == [0, 1, 2]
