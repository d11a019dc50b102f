"""The archive's bucket keeps what it was given, and few can reach it."""

from __future__ import annotations

from typing import Any

from tests.templates.stacks import functions, listed, stacks, strings

RIGHTS = {
    "CollectEntries": {("s3:PutObject", "staging"), ("s3:DeleteObject", "staging"), ("s3:ListBucket", "")},
    "SealMonths": {
        ("s3:GetObject", "staging"),
        ("s3:PutObject", "staging"),
        ("s3:GetObject", "sealed"),
        ("s3:PutObject", "sealed"),
        ("s3:ListBucket", ""),
    },
    "PurgeEntries": {("s3:GetObject", "sealed"), ("s3:ListBucket", "")},
    "AnchorHistory": {
        ("s3:GetObject", "staging"),
        ("s3:PutObject", "staging"),
        ("s3:GetObject", "anchors"),
        ("s3:PutObject", "anchors"),
        ("s3:PutObjectRetention", "anchors"),
        ("s3:ListBucket", ""),
    },
}


def root() -> dict[str, Any]:
    resources: dict[str, Any] = dict(stacks()[0].transformed["Resources"])
    return resources


def test_the_bucket_is_versioned_encrypted_and_closed() -> None:
    bucket = root()["ArchiveBucket"]
    properties = bucket["Properties"]
    assert bucket["UpdateReplacePolicy"] == "Retain"
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert properties["ObjectLockEnabled"] is True
    assert "AES256" in list(strings(properties["BucketEncryption"]))
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}


def test_no_seal_or_anchor_can_be_deleted_or_written_twice_and_nothing_goes_without_tls() -> None:
    statements = root()["ArchiveBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    denied = {
        (action, text, str(each.get("Condition", "")))
        for each in statements
        if each["Effect"] == "Deny" and each["Principal"] == "*"
        for action in listed(each["Action"])
        for text in strings(listed(each["Resource"]))
        if "/" in text
    }
    assert denied == {
        ("s3:*", "${ArchiveBucket.Arn}/*", "{'Bool': {'aws:SecureTransport': 'false'}}"),
        (
            "s3:PutObject",
            "${ArchiveBucket.Arn}/anchors/*",
            "{'StringNotEquals': {'s3:object-lock-mode': 'COMPLIANCE'}}",
        ),
        *(
            (action, f"${{ArchiveBucket.Arn}}/{folder}/*", condition)
            for folder in ("sealed", "anchors")
            for action, condition in (
                ("s3:PutObject", "{'Null': {'s3:if-none-match': 'true'}}"),
                ("s3:DeleteObject", ""),
                ("s3:DeleteObjectVersion", ""),
            )
        ),
    }


def test_no_rule_of_the_bucket_lets_a_seal_expire() -> None:
    for rule in root()["ArchiveBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]:
        assert rule["Prefix"] in ("staging/", "sealed/", "anchors/")
        assert rule["Prefix"] == "staging/" or not any("Expiration" in name for name in rule)


def test_only_those_who_seal_and_anchor_reach_the_bucket_each_as_far_as_it_must() -> None:
    found: dict[str, set[tuple[str, str]]] = {}
    for function in functions():
        for statement in function.statements:
            for resource in strings(listed(statement.get("Resource", []))):
                if "ArchiveBucket" in resource:
                    folder = resource.partition("}/")[2].partition("/")[0]
                    rights = {(action, folder) for action in listed(statement["Action"])}
                    found.setdefault(function.logical_id, set()).update(rights)
    assert found == RIGHTS


def test_the_purge_writes_transactions_of_live_books_alone() -> None:
    (purge,) = [function for function in functions() if function.logical_id == "PurgeEntries"]
    on_ledger = [each for each in purge.statements if "LedgerTableArn" in list(strings(each.get("Resource", [])))]
    assert [(each["Action"], each["Condition"]) for each in on_ledger] == [
        ("dynamodb:UpdateItem", {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["L#*#K#*"]}})
    ]
