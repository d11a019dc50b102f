"""Files in S3: links that carry their own permission, and the content behind them.

What is uploaded lands under `incoming/`, which forgets after a day, and is copied under `kept/` once it has been
checked: the link that it came by cannot change it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from .aws import aws_credentials, client
from .settings import settings

UPLOAD_PREFIX: Final = "incoming"
CHECKED_PREFIX: Final = "kept"


EXTENSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/webp": ("webp",),
    "text/csv": ("csv",),
    "text/plain": ("txt", "log"),
    "application/gzip": ("gz",),
}
"""Checked media type -> the extensions that it may have, the first where a name has another."""


@dataclass(frozen=True, slots=True)
class Link:
    """A request that S3 will accept for so many seconds; `headers` have to be sent as they are."""

    method: str
    url: str
    headers: Mapping[str, str]
    seconds: int


def upload_link(key: str, media: str, size: int, seconds: int) -> Link:
    """For one upload of exactly this type and size: both are signed."""
    headers = {"content-type": media, "content-length": str(size)}
    url = _presigned_url("PUT", _address(key), headers, seconds)
    # Clients send the content's length by themselves; browsers do not let scripts set it.
    return Link("PUT", url, {"Content-Type": media}, seconds)


def download_link(key: str, media: str, name: str, seconds: int, *, inline: bool = False) -> Link:
    """For reading one file, as a type that we checked; whatever its name says, the extension follows that type."""
    name = download_name(name, media)
    way = "inline" if inline else "attachment"
    answer = {
        "response-content-disposition": f"{way}; filename*=UTF-8''{quote(name, safe='')}",
        "response-content-type": media,
    }
    return Link("GET", _presigned_url("GET", f"{_address(key)}?{urlencode(answer)}", {}, seconds), {}, seconds)


def download_name(name: str, media: str) -> str:
    """`proof.hta` of a PDF -> `proof.pdf`. Characters that turn text around or can't be seen are left out: with one of
    them a name shows another extension than it has."""
    visible = "".join(char for char in name if char.isprintable() and char not in '/\\:*?"<>|')
    stem, dot, extension = visible.rpartition(".")
    own, *others = EXTENSIONS.get(media, ("bin",))
    if dot and extension.lower() in (own, *others):
        own = extension.lower()
    elif dot and 0 < len(extension) <= 5 and extension.isalnum():
        visible = stem
    stem = (stem if dot and visible.lower().endswith(f".{own}") else visible).strip(" .")
    return f"{stem or 'document'}.{own}"


def read_content(key: str, limit: int) -> bytes | None:
    """What has been uploaded, at most `limit` bytes of it and one more; None where nothing has."""
    from botocore.exceptions import ClientError

    try:
        answer = client("s3").get_object(Bucket=settings().files_bucket, Key=key, Range=f"bytes=0-{limit}")
    except ClientError as refusal:
        code = str(refusal.response.get("Error", {}).get("Code"))
        if code == "InvalidRange":
            return b""
        if code in ("NoSuchKey", "404"):
            return None
        raise
    body: bytes = answer["Body"].read()
    return body


def store_content(key: str, body: bytes, media: str) -> None:
    client("s3").put_object(Bucket=settings().files_bucket, Key=key, Body=body, ContentType=media)


def remove_content(keys: Iterable[str]) -> None:
    wanted = [{"Key": key} for key in keys]
    if wanted:
        client("s3").delete_objects(Bucket=settings().files_bucket, Delete={"Objects": wanted, "Quiet": True})


def _address(key: str) -> str:
    """Where S3 has a file; or what replaces S3 on one machine."""
    current = settings()
    if current.files_endpoint:
        return f"{current.files_endpoint}/{current.files_bucket}/{key}"
    return f"https://{current.files_bucket}.s3.{current.region}.amazonaws.com/{key}"


def _presigned_url(method: str, url: str, headers: Mapping[str, str], seconds: int) -> str:
    # The signer alone: a client of S3, which is not needed for this, takes a tenth of a second to make.
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest

    request: Any = AWSRequest(method=method, url=url, headers=dict(headers))
    S3SigV4QueryAuth(aws_credentials(), "s3", settings().region, expires=seconds).add_auth(request)
    return str(request.url)
