"""What each call requires: the actions, on which resources, with which values of the condition keys.

From the service authorization reference of each service. A call that is not listed here is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from email.utils import parseaddr
from typing import Any

from local.model import ACCOUNT, REGION, Platform

from .policies import LEADING_KEYS, Context

Needed = tuple[str, str, Context]
"""Action, ARN of the resource, context."""
Params = Mapping[str, Any]

_HERE = f"{REGION}:{ACCOUNT}"
_NOTHING: Context = {}
_EQUALITY = re.compile(r"([#\w]+)\s*=\s*(:\w+)")
_PATH = re.compile(r"(?<![:#\w.\]])(#?[A-Za-z_]\w*)(?!\w*\s*\()")
_WORDS = frozenset({"set", "remove", "add", "delete", "and", "or", "not", "between", "in"})
_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_OF_TABLES = frozenset({"DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups"})


class UnknownCall(LookupError):
    """Nothing here says which rights the call takes."""


class UnknownResource(LookupError):
    """No template declares it: no role can name it, and the service itself refuses the call."""


class Requirements:
    """Knows the platform's tables, and asks the embedded AWS for what a request does not say itself."""

    def __init__(self, platform: Platform, machine_of_token: Callable[[str], str | None]) -> None:
        self._machine_of_token = machine_of_token
        self._names = {(each.type, each.name): each.arn for each in platform.resources.values()}
        self._hashes: dict[tuple[str, str | None], str] = {}
        for table in platform.of_type("AWS::DynamoDB::Table"):
            self._hashes[table.name, None] = _hash_of(table.properties)
            for index in table.properties.get("GlobalSecondaryIndexes") or ():
                self._hashes[table.name, index["IndexName"]] = _hash_of(index)

    def of(self, service: str, operation: str, params: Params) -> Iterator[Needed]:
        """Raises `UnknownCall` for an operation that nobody has described yet, `UnknownResource` while it is read."""
        if service == "dynamodb":
            return self._dynamodb(operation, params)
        try:
            return _SERVICES[service](self, operation, params)
        except KeyError as error:
            raise UnknownCall(f"{service}:{operation}") from error

    # DynamoDB

    def _dynamodb(self, operation: str, params: Params) -> Iterator[Needed]:
        if operation in ("PutItem", "UpdateItem", "DeleteItem", "GetItem"):
            yield self._item(operation, params)
        elif operation in ("TransactWriteItems", "TransactGetItems"):
            for each in params["TransactItems"]:
                [(kind, item)] = each.items()
                action, resource, context = self._item(_WRITES.get(kind, "GetItem"), item)
                yield action, resource, {**context, "dynamodb:EnclosingOperation": [operation]}
        elif operation == "BatchGetItem":
            for table, asked in params["RequestItems"].items():
                hash_key = self._hash(table)
                keys = [_attribute_text(key[hash_key]) for key in asked["Keys"]]
                yield "dynamodb:BatchGetItem", _table(table), {LEADING_KEYS: keys, **_reading(asked, hash_key)}
        elif operation == "BatchWriteItem":
            for table, writes in params["RequestItems"].items():
                hash_key = self._hash(table)
                items = [w["PutRequest"]["Item"] if "PutRequest" in w else w["DeleteRequest"]["Key"] for w in writes]
                keys = [_attribute_text(item[hash_key]) for item in items]
                context = {LEADING_KEYS: keys, "dynamodb:Attributes": sorted({name for item in items for name in item})}
                yield "dynamodb:BatchWriteItem", _table(table), context
        elif operation in ("Query", "Scan"):
            yield self._search(operation, params)
        elif operation in _OF_TABLES:
            yield f"dynamodb:{operation}", _table(params["TableName"]), _NOTHING
        else:
            raise UnknownCall(f"dynamodb:{operation}")

    def _item(self, operation: str, params: Params) -> Needed:
        hash_key = self._hash(params["TableName"])
        key = params["Item"] if operation == "PutItem" else params["Key"]
        context: dict[str, Any] = {LEADING_KEYS: (_attribute_text(key[hash_key]),)}
        if operation == "GetItem":
            context |= _reading(params, hash_key)
        else:
            context["dynamodb:Attributes"] = lambda: sorted({*key, *_attributes(params)})
            # An item that a failed condition gives back is read as a whole.
            returned = params.get("ReturnValues")
            if params.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
                returned = "ALL_OLD"
            if returned:
                context["dynamodb:ReturnValues"] = (returned,)
        return f"dynamodb:{operation}", _table(params["TableName"]), context

    def _search(self, operation: str, params: Params) -> Needed:
        """A query's leading key is that of the index where it reads one. A scan has none: `ForAllValues` holds."""
        table, index = params["TableName"], params.get("IndexName")
        hash_key = self._hash(table, index)
        context: dict[str, Any] = _reading(params, hash_key)
        if operation == "Query":
            names, values = params.get("ExpressionAttributeNames") or {}, params["ExpressionAttributeValues"]
            equal = _EQUALITY.findall(params["KeyConditionExpression"])
            asked = [values[value] for name, value in equal if names.get(name, name) == hash_key]
            context[LEADING_KEYS] = tuple(map(_attribute_text, asked))
        return f"dynamodb:{operation}", f"{_table(table)}/index/{index}" if index else _table(table), context

    def _hash(self, table: str, index: str | None = None) -> str:
        try:
            return self._hashes[table.rsplit("/", 1)[-1], index]
        except KeyError:
            raise UnknownResource(f"{table} {index or ''}") from None

    # Other services

    def _s3(self, operation: str, params: Params) -> Iterator[Needed]:
        bucket = f"arn:aws:s3:::{params.get('Bucket')}"
        key = f"{bucket}/{params.get('Key')}"
        version = "Version" if params.get("VersionId") else ""
        match operation:
            case "GetObject" | "HeadObject":
                yield f"s3:GetObject{version}", key, _NOTHING
            case "PutObject" | "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload":
                yield "s3:PutObject", key, _NOTHING
                if params.get("ObjectLockMode"):
                    yield "s3:PutObjectRetention", key, _NOTHING
                if params.get("Tagging"):
                    yield "s3:PutObjectTagging", key, _NOTHING
            case "CopyObject":
                source = params["CopySource"]
                source = source if isinstance(source, str) else f"{source['Bucket']}/{source['Key']}"
                yield "s3:GetObject", f"arn:aws:s3:::{source.lstrip('/').partition('?')[0]}", _NOTHING
                yield "s3:PutObject", key, _NOTHING
            case "DeleteObject":
                yield f"s3:DeleteObject{version}", key, _NOTHING
            case "DeleteObjects":
                for each in params["Delete"]["Objects"]:
                    kind = "Version" if each.get("VersionId") else ""
                    yield f"s3:DeleteObject{kind}", f"{bucket}/{each['Key']}", _NOTHING
            case "ListObjects" | "ListObjectsV2" | "HeadBucket":
                yield "s3:ListBucket", bucket, {"s3:prefix": [params.get("Prefix") or ""]}
            case "ListObjectVersions":
                yield "s3:ListBucketVersions", bucket, {"s3:prefix": [params.get("Prefix") or ""]}
            case _:
                raise UnknownCall(f"s3:{operation}")

    def _sqs(self, operation: str, params: Params) -> Iterator[Needed]:
        name = params["QueueUrl"].rsplit("/", 1)[-1] if "QueueUrl" in params else params["QueueName"]
        yield f"sqs:{operation.removesuffix('Batch')}", f"arn:aws:sqs:{_HERE}:{name}", _NOTHING

    def _secrets(self, operation: str, params: Params) -> Iterator[Needed]:
        if operation == "GetRandomPassword":
            yield "secretsmanager:GetRandomPassword", "*", _NOTHING
            return
        asked = str(params.get("SecretId") or params.get("Name"))
        arn = self._names.get(("AWS::SecretsManager::Secret", asked), asked)
        if not arn.startswith("arn:"):
            raise UnknownResource(asked)
        yield f"secretsmanager:{operation}", arn, _NOTHING

    def _events(self, operation: str, params: Params) -> Iterator[Needed]:
        if operation != "PutEvents":
            raise UnknownCall(f"events:{operation}")
        for name in dict.fromkeys(each.get("EventBusName") or "default" for each in params["Entries"]):
            yield "events:PutEvents", name if ":" in name else f"arn:aws:events:{_HERE}:event-bus/{name}", _NOTHING

    def _states(self, operation: str, params: Params) -> Iterator[Needed]:
        match operation:
            case "StartExecution" | "StartSyncExecution" | "DescribeStateMachine" | "ListExecutions":
                resource = params["stateMachineArn"]
            case "DescribeExecution" | "StopExecution" | "GetExecutionHistory":
                resource = params["executionArn"]
            case "SendTaskSuccess" | "SendTaskFailure" | "SendTaskHeartbeat":
                # Of a token that no execution waits for the machine is unknown; the service refuses the token itself.
                machine = self._machine_of_token(params["taskToken"])
                if machine is None:
                    return
                resource = machine
            case _:
                raise UnknownCall(f"stepfunctions:{operation}")
        yield f"states:{operation}", resource, _NOTHING

    def _sns(self, operation: str, params: Params) -> Iterator[Needed]:
        yield f"sns:{operation}", params.get("TopicArn") or params.get("TargetArn") or "*", _NOTHING

    def _ses(self, operation: str, params: Params) -> Iterator[Needed]:
        sender = params.get("FromEmailAddress") or params.get("Source") or ""
        if "Raw" in (params.get("Content") or {}):  # one operation of the API, two of IAM
            operation = "SendRawEmail"
        yield f"ses:{operation}", f"arn:aws:ses:{_HERE}:identity/{parseaddr(sender)[1]}", _NOTHING
        if name := params.get("ConfigurationSetName"):
            yield f"ses:{operation}", f"arn:aws:ses:{_HERE}:configuration-set/{name}", _NOTHING

    def _lambda(self, operation: str, params: Params) -> Iterator[Needed]:
        if operation != "Invoke":
            raise UnknownCall(f"lambda:{operation}")
        name = params["FunctionName"]
        yield "lambda:InvokeFunction", name if ":" in name else f"arn:aws:lambda:{_HERE}:function:{name}", _NOTHING

    def _cloudwatch(self, operation: str, _: Params) -> Iterator[Needed]:
        yield f"cloudwatch:{operation}", "*", _NOTHING

    def _cloudfront(self, operation: str, params: Params) -> Iterator[Needed]:
        distribution = f"arn:aws:cloudfront::{ACCOUNT}:distribution/{params['DistributionId']}"
        yield f"cloudfront:{operation}", distribution, _NOTHING

    def _scheduler(self, operation: str, params: Params) -> Iterator[Needed]:
        group = params.get("GroupName") or "default"
        yield f"scheduler:{operation}", f"arn:aws:scheduler:{_HERE}:schedule/{group}/{params['Name']}", _NOTHING


_SERVICES: dict[str, Callable[[Requirements, str, Params], Iterator[Needed]]] = {
    "cloudfront": Requirements._cloudfront,
    "cloudwatch": Requirements._cloudwatch,
    "events": Requirements._events,
    "lambda": Requirements._lambda,
    "s3": Requirements._s3,
    "scheduler": Requirements._scheduler,
    "secretsmanager": Requirements._secrets,
    "ses": Requirements._ses,
    "sesv2": Requirements._ses,
    "sns": Requirements._sns,
    "sqs": Requirements._sqs,
    "stepfunctions": Requirements._states,
}


def _table(name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:dynamodb:{_HERE}:table/{name}"


def _hash_of(properties: Params) -> str:
    return next(str(key["AttributeName"]) for key in properties["KeySchema"] if key["KeyType"] == "HASH")


def _attribute_text(value: Mapping[str, Any]) -> str:
    return str(next(iter(value.values())))


def _reading(params: Params, hash_key: str) -> dict[str, Any]:
    """What a read asks for. Without a projection it is every attribute, which `dynamodb:Attributes` does not show."""
    if "ProjectionExpression" not in params:
        return {"dynamodb:Select": [params.get("Select") or "ALL_ATTRIBUTES"]}
    return {
        "dynamodb:Select": ["SPECIFIC_ATTRIBUTES"],
        "dynamodb:Attributes": lambda: sorted({hash_key, *_attributes(params)}),
    }


def _attributes(params: Params) -> set[str]:
    """The top-level attributes that the expressions of a request name."""
    names = params.get("ExpressionAttributeNames") or {}
    found: set[str] = set()
    for key in ("UpdateExpression", "ConditionExpression", "ProjectionExpression", "FilterExpression"):
        for path in _PATH.findall(params.get(key) or ""):
            if path.lower() not in _WORDS:
                found.add(names.get(path, path))
    return found
