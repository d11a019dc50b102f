"""Creates what the templates declare, through the same API calls that CloudFormation would make."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError
from moto.secretsmanager.models import secretsmanager_backends

from local.model import ACCOUNT, REGION, Platform, Resource

from . import workflows
from .bus import put_rule

Client = Callable[[str], Any]

# Types that mean nothing on one machine: permissions, logs, the network's edge, alarms, packaging.
MEANINGLESS_HERE = (
    "AWS::ApiGateway::",
    "AWS::ApiGatewayV2::",
    "AWS::Budgets::",
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFront::",
    "AWS::CloudWatch::",
    "AWS::Events::Archive",
    "AWS::Events::EventBusPolicy",
    "AWS::IAM::",
    "AWS::KMS::",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Logs::",
    "AWS::Route53::",
    "AWS::S3::BucketPolicy",
    "AWS::SES::ConfigurationSet",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::Serverless::Application",
    "AWS::Serverless::HttpApi",
    "AWS::Serverless::LayerVersion",
    "AWS::WAFv2::",
    "AWS::XRay::",
)
# A schedule only runs when `EmbeddedAws.run_schedule` says so.
SCHEDULER = "AWS::Scheduler::Schedule"


class UnsupportedResource(NotImplementedError):
    """The templates declare something that this machine would silently lack."""


def create(platform: Platform, client: Client) -> None:
    """In an order in which what refers stands after what it refers to."""
    known = [*CREATORS, SCHEDULER]
    for resource in platform.resources.values():
        if resource.type not in known and not resource.type.startswith(MEANINGLESS_HERE):
            raise UnsupportedResource(
                f"{resource.logical_id} is a {resource.type}, which the embedded AWS does not create: "
                "add it to local/aws/resources.py, as created or as meaningless here"
            )
    for kind, creator in CREATORS.items():
        for resource in platform.of_type(kind):
            creator(client, resource)
    for queue in platform.of_type("AWS::SQS::Queue"):
        _redrive(client, queue)


def _table(client: Client, resource: Resource) -> None:
    """On an engine that keeps its data the table may be there already."""
    properties = resource.properties
    parameters: dict[str, Any] = {
        "TableName": resource.name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": properties["AttributeDefinitions"],
        "KeySchema": properties["KeySchema"],
    }
    for name in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if properties.get(name):
            parameters[name] = [_without_throughput(index) for index in properties[name]]
    if stream := properties.get("StreamSpecification"):
        parameters["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream["StreamViewType"]}
    dynamodb = client("dynamodb")
    try:
        dynamodb.create_table(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceInUseException":
            raise
        _require_same_keys(dynamodb.describe_table(TableName=resource.name)["Table"], resource)
        return
    ttl = properties.get("TimeToLiveSpecification") or {}
    if ttl.get("Enabled"):
        specification = {"Enabled": True, "AttributeName": ttl["AttributeName"]}
        dynamodb.update_time_to_live(TableName=resource.name, TimeToLiveSpecification=specification)


def _without_throughput(index: dict[str, Any]) -> dict[str, Any]:
    return {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}


def _require_same_keys(existing: dict[str, Any], resource: Resource) -> None:
    def shape(table: Any) -> Any:
        indexes = table.get("GlobalSecondaryIndexes") or []
        return [table["KeySchema"], sorted((index["IndexName"], index["KeySchema"]) for index in indexes)]

    if shape(existing) != shape(resource.properties):
        raise UnsupportedResource(
            f"table {resource.name} is kept with other keys or indexes than the template's: delete the data file"
        )


def _bucket(client: Client, resource: Resource) -> None:
    s3 = client("s3")
    s3.create_bucket(
        Bucket=resource.name,
        CreateBucketConfiguration={"LocationConstraint": REGION},
        ObjectLockEnabledForBucket=bool(resource.properties.get("ObjectLockEnabled")),
    )
    if (resource.properties.get("VersioningConfiguration") or {}).get("Status") == "Enabled":
        s3.put_bucket_versioning(Bucket=resource.name, VersioningConfiguration={"Status": "Enabled"})


def _queue(client: Client, resource: Resource) -> None:
    names = (
        "ContentBasedDeduplication",
        "DelaySeconds",
        "FifoQueue",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "ReceiveMessageWaitTimeSeconds",
        "VisibilityTimeout",
    )
    properties = resource.properties
    attributes = {name: str(properties[name]).lower() for name in names if properties.get(name) is not None}
    client("sqs").create_queue(QueueName=resource.name, Attributes=attributes)


def _redrive(client: Client, resource: Resource) -> None:
    """After all queues are there, because a dead-letter queue has to be."""
    policy = resource.properties.get("RedrivePolicy")
    if policy:
        url = client("sqs").get_queue_url(QueueName=resource.name)["QueueUrl"]
        text = policy if isinstance(policy, str) else json.dumps(policy)
        client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": text})


def _bus(client: Client, resource: Resource) -> None:
    client("events").create_event_bus(Name=resource.name)


def _rule(client: Client, resource: Resource) -> None:
    targets = [dict(target) for target in resource.properties.get("Targets") or ()]
    put_rule(client, resource.name, resource.properties, targets)


def _secret(client: Client, resource: Resource) -> None:
    """The secret answers to the ARN that the functions are given, whatever suffix moto made."""
    value = secret_value(client, resource.properties)
    client("secretsmanager").create_secret(Name=resource.name, SecretString=value)
    if resource.arn.startswith("arn:"):
        secretsmanager_backends[ACCOUNT][REGION].secrets[resource.name].arn = resource.arn


def secret_value(client: Client, properties: Any) -> str:
    generate = properties.get("GenerateSecretString")
    if generate is None:
        return str(properties.get("SecretString") or "{}")
    names = (
        "ExcludeCharacters",
        "ExcludeLowercase",
        "ExcludeNumbers",
        "ExcludePunctuation",
        "ExcludeUppercase",
        "IncludeSpace",
        "PasswordLength",
        "RequireEachIncludedType",
    )
    wanted = {name: generate[name] for name in names if name in generate}
    password = client("secretsmanager").get_random_password(**wanted)["RandomPassword"]
    if "SecretStringTemplate" not in generate:
        return str(password)
    return json.dumps({**json.loads(generate["SecretStringTemplate"]), generate["GenerateStringKey"]: password})


def _topic(client: Client, resource: Resource) -> None:
    attributes = {"FifoTopic": "true"} if resource.properties.get("FifoTopic") else {}
    client("sns").create_topic(Name=resource.name, Attributes=attributes)
    for subscription in resource.properties.get("Subscription") or ():
        client("sns").subscribe(
            TopicArn=resource.arn, Protocol=subscription["Protocol"], Endpoint=subscription["Endpoint"]
        )


def _parameter(client: Client, resource: Resource) -> None:
    properties = resource.properties
    client("ssm").put_parameter(Name=resource.name, Value=str(properties["Value"]), Type=properties["Type"])


def _identity(client: Client, resource: Resource) -> None:
    """SES refuses to send from an address or domain that is not verified; here declaring it is verifying it."""
    identity = resource.properties.get("EmailIdentity") or resource.name
    with suppress(client("sesv2").exceptions.AlreadyExistsException):
        client("sesv2").create_email_identity(EmailIdentity=identity)
    if "@" in identity:
        client("ses").verify_email_identity(EmailAddress=identity)
    else:
        client("ses").verify_domain_identity(Domain=identity)


CREATORS: dict[str, Callable[[Client, Resource], None]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::S3::Bucket": _bucket,
    "AWS::SQS::Queue": _queue,
    "AWS::SNS::Topic": _topic,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::SSM::Parameter": _parameter,
    "AWS::SES::EmailIdentity": _identity,
    "AWS::Serverless::StateMachine": workflows.create_state_machine,
    "AWS::StepFunctions::StateMachine": workflows.create_state_machine,
    "AWS::Events::EventBus": _bus,
    "AWS::Events::Rule": _rule,
}
