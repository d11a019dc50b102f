"""What a resource is called on this machine: physical names, ARNs and the values of `Ref` and `Fn::GetAtt`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.model import ACCOUNT, REGION

PREFIX = "batua-local"
FUNCTION = "AWS::Serverless::Function"
HTTP_API = "AWS::Serverless::HttpApi"
NESTED_STACKS = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}

_NAME_PROPERTY = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Archive": "ArchiveName",
    "AWS::Events::Connection": "Name",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Lambda::LayerVersion": "LayerName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Pipes::Pipe": "Name",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::Scheduler::ScheduleGroup": "Name",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::Serverless::LayerVersion": "LayerName",
    "AWS::Serverless::SimpleTable": "TableName",
    "AWS::Serverless::StateMachine": "Name",
    "AWS::StepFunctions::Activity": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}

_HERE = f"{REGION}:{ACCOUNT}"
_ARN = {
    "AWS::CloudFront::Distribution": f"arn:aws:cloudfront::{ACCOUNT}:distribution/{{name}}",
    "AWS::CloudWatch::Alarm": f"arn:aws:cloudwatch:{_HERE}:alarm:{{name}}",
    "AWS::DynamoDB::GlobalTable": f"arn:aws:dynamodb:{_HERE}:table/{{name}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{_HERE}:table/{{name}}",
    "AWS::Events::Archive": f"arn:aws:events:{_HERE}:archive/{{name}}",
    "AWS::Events::EventBus": f"arn:aws:events:{_HERE}:event-bus/{{name}}",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{ACCOUNT}:policy/{{name}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{name}}",
    "AWS::KMS::Key": f"arn:aws:kms:{_HERE}:key/{{name}}",
    "AWS::Kinesis::Stream": f"arn:aws:kinesis:{_HERE}:stream/{{name}}",
    "AWS::Lambda::LayerVersion": f"arn:aws:lambda:{_HERE}:layer:{{name}}:1",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{_HERE}:log-group:{{name}}:*",
    "AWS::Pipes::Pipe": f"arn:aws:pipes:{_HERE}:pipe/{{name}}",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SNS::Topic": f"arn:aws:sns:{_HERE}:{{name}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{_HERE}:{{name}}",
    "AWS::SSM::Parameter": f"arn:aws:ssm:{_HERE}:parameter/{{name}}",
    "AWS::Scheduler::Schedule": f"arn:aws:scheduler:{_HERE}:schedule/default/{{name}}",
    "AWS::Scheduler::ScheduleGroup": f"arn:aws:scheduler:{_HERE}:schedule-group/{{name}}",
    # Six characters follow the name, as in AWS: Secrets Manager then finds the secret whatever its own suffix is.
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{_HERE}:secret:{{name}}-Local0",
    "AWS::Serverless::Function": f"arn:aws:lambda:{_HERE}:function:{{name}}",
    "AWS::Serverless::LayerVersion": f"arn:aws:lambda:{_HERE}:layer:{{name}}:1",
    "AWS::Serverless::SimpleTable": f"arn:aws:dynamodb:{_HERE}:table/{{name}}",
    "AWS::Serverless::StateMachine": f"arn:aws:states:{_HERE}:stateMachine:{{name}}",
    "AWS::StepFunctions::Activity": f"arn:aws:states:{_HERE}:activity:{{name}}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{_HERE}:stateMachine:{{name}}",
}
_REF_IS_ARN = frozenset(
    {
        "AWS::IAM::ManagedPolicy",
        "AWS::Lambda::LayerVersion",
        "AWS::SNS::Topic",
        "AWS::SecretsManager::Secret",
        "AWS::Serverless::LayerVersion",
        "AWS::Serverless::StateMachine",
        "AWS::StepFunctions::Activity",
        "AWS::StepFunctions::StateMachine",
    }
)


@dataclass(frozen=True)
class Identity:
    """The identifiers of one resource. `name` is what the service's create call takes, `ref` what `Ref` gives."""

    type: str
    name: str
    arn: str
    ref: str

    def attribute(self, attribute: str) -> str:
        """The value of `Fn::GetAtt`; an attribute without a meaning here gets a stable placeholder."""
        match attribute:
            case "Arn" | "TopicArn" | "RoleArn" | "StateMachineArn" | "LayerVersionArn":
                return self.arn
            case "QueueUrl":
                return self.ref
            case "QueueName" | "TopicName" | "Name" | "Id" | "KeyId" | "Value":
                return self.name
            case "StreamArn":
                return f"{self.arn}/stream/2024-01-01T00:00:00.000"
            case "DomainName" | "RegionalDomainName" if self.type == "AWS::S3::Bucket":
                return f"{self.name}.s3.{REGION}.amazonaws.com"
            case "DomainName":
                return "localhost"
            case "ApiEndpoint":
                return "http://localhost"
            case _:
                return f"{self.name}.{attribute}"


def named(resource_type: str) -> bool:
    """Whether a resource of this type has a physical name, which only one resource may bear."""
    return resource_type in _NAME_PROPERTY


def name_property(resource_type: str) -> str | None:
    return _NAME_PROPERTY.get(resource_type)


def identify(logical_id: str, resource_type: str, declared: str | None, properties: Mapping[str, Any]) -> Identity:
    """The identity of a resource; `declared` is the resolved name property, where the template gives one.

    Functions and APIs go by their logical id: the gateway and the runner invoke by it.
    """
    if resource_type in (FUNCTION, HTTP_API):
        name = logical_id
    elif declared:
        name = declared
    else:
        name = f"{PREFIX}-{logical_id}"
        if resource_type == "AWS::S3::Bucket":
            name = name.lower()
        if properties.get("FifoQueue") or properties.get("FifoTopic"):
            name += ".fifo"
    if resource_type == "AWS::Events::Rule":
        bus = str(properties.get("EventBusName") or "default").rsplit("/", 1)[-1]
        path = name if bus == "default" else f"{bus}/{name}"
        arn = f"arn:aws:events:{_HERE}:rule/{path}"
    else:
        service = resource_type.split("::")[1].lower() if "::" in resource_type else "local"
        arn = _ARN.get(resource_type, f"arn:aws:{service}:{_HERE}:{{name}}").format(name=name)
    if resource_type == "AWS::SQS::Queue":
        ref = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
    else:
        ref = arn if resource_type in _REF_IS_ARN else name
    return Identity(resource_type, name, arn, ref)
