"""What holds value or secrets is never replaced by an upgrade: it is compared with what was recorded.

A change of a logical id, or of a property that CloudFormation changes only by making the thing anew, would leave every
deployment with an empty one. Record an added resource with `python -m tests.templates.test_stateful`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.templates.stacks import obey, stacks

RECORDED = Path(__file__).with_name("stateful.json")
REPLACING = {
    "AWS::DynamoDB::Table": ("TableName", "KeySchema", "AttributeDefinitions"),
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::SecretsManager::Secret": ("Name",),
}
"""Type -> the properties whose change replaces it. Attributes are only added: an index can't be changed either."""


def found() -> dict[str, dict[str, Any]]:
    """Template and logical id -> what must stay. Of indexes: names and keys, whose change drops what they hold."""
    stay: dict[str, dict[str, Any]] = {}
    for stack in stacks():
        for logical_id, resource in stack.resources.items():
            if resource["Type"] not in REPLACING:
                continue
            properties = resource.get("Properties") or {}
            kept: dict[str, Any] = {
                name: properties[name] for name in REPLACING[resource["Type"]] if name in properties
            }
            kept["type"] = resource["Type"]
            for index in properties.get("GlobalSecondaryIndexes") or ():
                kept[f"index {index['IndexName']}"] = index["KeySchema"]
            stay[f"{stack}: {logical_id}"] = kept
    return stay


def test_nothing_that_holds_state_is_replaced() -> None:
    recorded, now = json.loads(RECORDED.read_text()), found()
    faults = [
        f"{name} is gone: an upgrade would leave it behind, empty what follows it" for name in recorded - now.keys()
    ]
    faults += [f"{name} is not recorded in {RECORDED.name}" for name in now.keys() - recorded.keys()]
    for name in recorded.keys() & now.keys():
        for key, before in recorded[name].items():
            after = now[name].get(key)
            added = isinstance(before, list) and key == "AttributeDefinitions" and all(each in after for each in before)
            if after != before and not added:
                faults.append(f"{name}: {key} was {before}, is {after}; CloudFormation would make it anew")
    obey("tables, buckets and secrets keep their logical ids, names and keys", faults)


def test_what_holds_state_outlives_its_stack() -> None:
    aside = {"OriginSecret", "PortalBucket"}  # made anew from nothing
    obey(
        "tables, buckets and secrets have DeletionPolicy RetainExceptOnCreate and UpdateReplacePolicy Retain",
        (
            f"{stack}: {logical_id}"
            for stack in stacks()
            for logical_id, resource in stack.resources.items()
            if resource["Type"] in REPLACING
            and logical_id not in aside
            and (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
            != ("RetainExceptOnCreate", "Retain")
        ),
    )


if __name__ == "__main__":
    RECORDED.write_text(json.dumps(found(), indent=1, sort_keys=True) + "\n")
