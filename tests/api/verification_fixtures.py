"""Checks of identities: known numbers, consent, and everything that is stored."""

from __future__ import annotations

import json
from typing import Any

from batua.aws import client
from batua.settings import settings

CHECKS = "/api/v1/tenant/cashfree"
CONSENT = {"accepted": True, "text_version": "kyc-2026-11"}
BORN = "1990-04-21"
IDENTIFIERS: dict[str, dict[str, str]] = {
    "pan": {"pan": "AQWPZ7391K", "name": "Asha Rao"},
    "gstin": {"gstin": "38AAPFU0939F1ZS", "business_name": "Kaveri Stores"},
    "bank": {"account_number": "918273645546372", "ifsc": "YESB0000262", "name": "Asha Rao"},
    "upi": {"upi_id": "leak.canary.7391@okaxis"},
    "cin": {"cin": "U72900KA2015PTC082988"},
    "dl": {"dl_number": "KA0120117391546", "date_of_birth": BORN},
    "passport": {"file_number": "BN1067391546372", "date_of_birth": BORN},
    "voter-id": {"epic_number": "QZX7391546"},
    "aadhaar": {"aadhaar_number": "999941057058"},
}
SECRETS = ["AQWPZ7391K", "38AAPFU0939F1ZS", "918273645546372", "leak.canary.7391", "U72900KA2015PTC082988"]


def everything_stored() -> str:
    """All items, objects and waiting messages of this platform, as text."""
    texts: list[str] = []
    for table in (settings().ledger_table, settings().directory_table):
        pages = client("dynamodb").get_paginator("scan").paginate(TableName=table)
        texts.extend(json.dumps(page["Items"], default=_text) for page in pages)
    s3, sqs = client("s3"), client("sqs")
    for bucket in (each["Name"] for each in s3.list_buckets()["Buckets"]):
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]
        texts.extend(_text(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys)
    for queue in sqs.list_queues().get("QueueUrls", ()):
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
        texts += [json.dumps(answer.get("Messages", []), default=_text)]
    return "\n".join(texts)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
