"""What stands for S3's own address: signed links to files lead to `/local/s3/<bucket>/<key>` of this gateway.

It does for them what S3 does: checks the signature with every header that is part of it, and the time, and then reads
or writes. Functions themselves talk to the embedded AWS. The route does not exist on AWS.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

from local.model import REGION
from local.server import Request, Response

PATH = "/local/s3"
_MOMENT = "%Y%m%dT%H%M%SZ"


class Files:
    """A page of the gateway. `client` gives the embedded AWS's clients.

    `allows` says whether the signer, who is known by the session token, may take an action on an object.
    """

    def __init__(
        self, client: Callable[[str], Any], credentials: ReadOnlyCredentials, allows: Callable[[str, str, str], bool]
    ) -> None:
        self._client, self._credentials, self._allows = client, credentials, allows

    def page(self, request: Request) -> Response | None:
        """None for every other path."""
        if not request.path.startswith(f"{PATH}/"):
            return None
        if request.method == "OPTIONS":
            return Response(200, [])
        why = self._refusal(request)
        if why:
            return _error(403, "AccessDenied", why)
        bucket, _, key = unquote(request.path).removeprefix(f"{PATH}/").partition("/")
        try:
            return self._write(request, bucket, key) if request.method == "PUT" else self._read(request, bucket, key)
        except ClientError as refusal:
            code = str(refusal.response["Error"]["Code"])
            return _error(404 if code == "NoSuchKey" else 400, code, str(refusal.response["Error"].get("Message")))

    def _write(self, request: Request, bucket: str, key: str) -> Response:
        media = request.header("content-type") or "binary/octet-stream"
        answer = self._client("s3").put_object(Bucket=bucket, Key=key, Body=request.body, ContentType=media)
        return Response(200, [("ETag", str(answer["ETag"]))])

    def _read(self, request: Request, bucket: str, key: str) -> Response:
        if request.method not in ("GET", "HEAD"):
            return _error(405, "MethodNotAllowed", "The method is not allowed.")
        asked = dict(parse_qsl(request.query))
        answer = self._client("s3").get_object(Bucket=bucket, Key=key)
        headers = [
            ("Content-Type", asked.get("response-content-type", str(answer["ContentType"]))),
            ("ETag", str(answer["ETag"])),
        ]
        if disposition := asked.get("response-content-disposition"):
            headers.append(("Content-Disposition", disposition))
        return Response(200, headers, answer["Body"].read())

    def _refusal(self, request: Request) -> str | None:
        """Why S3 would not take the link."""
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        try:
            shown, moment, seconds = query["X-Amz-Signature"], query["X-Amz-Date"], int(query["X-Amz-Expires"])
            began = datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC).timestamp()
            signed = {name: request.header(name) for name in query["X-Amz-SignedHeaders"].split(";")}
        except (KeyError, ValueError):
            return "The link is not signed."
        if None in signed.values() or not began - 900 <= time.time() <= began + seconds:
            return "The link has expired, or a header that it is signed with is missing."
        if not hmac.compare_digest(shown, self._signature(request, moment, seconds, signed)):
            return "The signature does not match the request."
        action = "s3:PutObject" if request.method == "PUT" else "s3:GetObject"
        target = f"arn:aws:s3:::{unquote(request.path).removeprefix(f'{PATH}/')}"
        if not self._allows(query.get("X-Amz-Security-Token", ""), action, target):
            return "Access Denied"
        return None

    def _signature(self, request: Request, moment: str, seconds: int, headers: dict[str, str | None]) -> str:
        unsigned = "&".join(part for part in request.query.split("&") if not part.startswith("X-Amz-Signature="))
        url = f"http://{request.header('host')}{request.path}?{unsigned}"
        rebuilt: Any = AWSRequest(method=request.method, url=url, headers={n: v for n, v in headers.items() if v})
        rebuilt.context["timestamp"] = moment
        signer = S3SigV4QueryAuth(self._credentials, "s3", REGION, expires=seconds)
        said = signer.string_to_sign(rebuilt, signer.canonical_request(rebuilt))
        return str(signer.signature(said, rebuilt))


def _error(status: int, code: str, message: str) -> Response:
    body = f"<?xml version='1.0'?><Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    return Response(status, [("Content-Type", "application/xml")], body.encode())
