"""Hands mail in, as SES would: `/local/inbox` stores it in the bucket of files, and announces it as S3 does.

    POST /local/inbox   a whole mail (`message/rfc822`), or JSON: from, to, subject, text, html, headers

The route does not exist on AWS. What has been sent, with the address to answer to, is under `/local/outbox`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from local.server import Request, Response

PATH = "/local/inbox"


class Inbox:
    """`client` makes clients of the embedded AWS; `bucket` is the bucket of files."""

    def __init__(self, client: Callable[[str], Any], bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def page(self, request: Request) -> Response | None:
        if request.path != PATH or request.method != "POST":
            return None
        kind = (request.header("content-type") or "").partition(";")[0].strip()
        try:
            mail = request.body if kind == "message/rfc822" else written_mail(json.loads(request.body))
        except (ValueError, KeyError, TypeError) as fault:
            return Response.json(400, {"message": f"send message/rfc822, or JSON with from, to and text: {fault}"})
        key = f"mail/{uuid.uuid4().hex}"
        self._client("s3").put_object(Bucket=self._bucket, Key=key, Body=mail)
        detail = {"bucket": {"name": self._bucket}, "object": {"key": key, "size": len(mail)}, "reason": "PutObject"}
        entry = {"Source": "aws.s3", "DetailType": "Object Created", "Detail": json.dumps(detail)}
        self._client("events").put_events(Entries=[entry])
        return Response.json(202, {"key": key})


def written_mail(content: dict[str, Any]) -> bytes:
    """The mail that JSON describes."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = content["from"], content["to"], content.get("subject", "")
    mail["Message-ID"] = content.get("id") or f"<{uuid.uuid4().hex}@local.example>"
    for name, value in (content.get("headers") or {}).items():
        mail[name] = str(value)
    mail.set_content(content.get("text", ""))
    if "html" in content:
        mail.add_alternative(content["html"], subtype="html")
    return bytes(mail)
