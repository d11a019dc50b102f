"""What is uploaded for a document, and what becomes of it once it has been checked.

Nobody tells us that an upload is done: the next request for the document checks it. So the answer to that
question is never older than the question, and an announcement that got lost can leave nothing behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from .. import errors, files
from ..store import keys
from ..store.keys import Key
from ..store.store import Cancelled, Record, Store
from ..store.versions import VersionedRecord
from ..store.writes import Put

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_LOGO_BYTES: Final = 512 * 1024
UPLOAD_SECONDS: Final = 15 * 60
DOWNLOAD_SECONDS: Final = 5 * 60
HISTORY: Final = 20
"""Earlier contents that a document remembers; the files of older ones go."""

Scan = Literal["unknown", "clean", "infected"]
Media = Literal["application/pdf", "image/png", "image/jpeg", "image/webp"]

_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/webp"})
_LOOKS_LIKE: Final[Mapping[str, Callable[[bytes], bool]]] = {
    "application/pdf": lambda body: body.startswith(b"%PDF-") and b"%%EOF" in body[-2048:],
    "image/png": lambda body: body.startswith(b"\x89PNG\r\n\x1a\n") and body[12:16] == b"IHDR",
    "image/jpeg": lambda body: body.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in body[-64:],
    "image/webp": lambda body: body.startswith(b"RIFF") and body[8:12] == b"WEBP",
}
_REFUSED: Final = {
    "size": "its size is not the one that was announced",
    "type": "its content is not of the announced type",
    "sha256": "its SHA-256 is not the one that was announced",
}


@dataclass(frozen=True, slots=True)
class Content:
    """One version of a document's content, checked and kept."""

    number: int
    media: str
    size: int
    sha256: str
    at: int
    by: str
    scan: Scan = "unknown"

    @property
    def is_logo(self) -> bool:
        return self.media in _IMAGES and self.size <= MAX_LOGO_BYTES and self.scan != "infected"


def upload_key(key: Key, number: int) -> str:
    return f"{files.UPLOAD_PREFIX}/{_file_path(key)}/{number}"


def content_key(key: Key, content: Content) -> str:
    """Its digest is part of the name: two checks of one upload never write different things to one place."""
    return f"{files.CHECKED_PREFIX}/{_file_path(key)}/{content.number}-{content.sha256}"


def media_of(body: bytes) -> Media | None:
    """The type that the content itself shows; None for one that documents cannot have."""
    known: tuple[Media, ...] = get_args(Media)
    return next((media for media in known if _LOOKS_LIKE[media](body)), None)


def kept_document(key: Key, name: str, media: Media, body: bytes, by: str, now: int) -> tuple[dict[str, Any], str]:
    """The item of a document whose content is here already, and the place to keep that at."""
    content = Content(1, media, len(body), hashlib.sha256(body).hexdigest(), now, by)
    item = {
        "name": name,
        "kind": "other",
        "current": _content_item(content),
        "number": 1,
        "made": now,
        "by": by,
        "version": 1,
    }
    return item, content_key(key, content)


def current_content(record: Record) -> Content | None:
    return _read_content(record["current"]) if record.get("current") else None


def usable_content(record: Record) -> Content:
    """The content of a checked document, for others to read. Raises DOCUMENT_UNFIT, and says why there is none."""
    content = current_content(record)
    if content is not None and content.scan == "infected":
        raise errors.DOCUMENT_UNFIT("Malware was found in this document. Upload a clean file.")
    if content is not None:
        return content
    if rejected := record.get("rejected"):
        raise errors.DOCUMENT_UNFIT(f"The upload was refused: {_REFUSED[rejected['why']]}. Upload the file again.")
    raise errors.DOCUMENT_UNFIT("Nothing has been uploaded to this document yet. Upload its file, then try again.")


def content_history(record: Record) -> list[Content]:
    """The contents before the current one, the latest first."""
    return [_read_content(part) for part in record.get("history", ())]


def pending_upload(number: int, media: str, size: int, sha256: str | None, by: str, now: int) -> dict[str, Any]:
    """What a document says of an upload that it waits for."""
    fields = {"n": number, "media": media, "size": size, "sha": sha256, "by": by, "until": now + UPLOAD_SECONDS * 1000}
    return {name: value for name, value in fields.items() if value is not None}


def check_upload(store: Store, key: Key, record: Record, now: int, act: Callable[[str, dict[str, Any]], Put]) -> Record:
    """The document with what has been uploaded, if anything has: taken on where it is as announced, else refused."""
    waiting = record.get("pending")
    if not waiting:
        return record
    came_by = upload_key(key, waiting["n"])
    body = files.read_content(came_by, MAX_BYTES)
    if body is None:
        return record
    digest = hashlib.sha256(body).hexdigest()
    why = _unfit(body, waiting, digest)
    if why:
        change: dict[str, Any] = {"rejected": {"n": waiting["n"], "why": why, "at": now}}
        put = act("document rejected", {"number": waiting["n"], "why": why})
        forgotten: list[Content] = []
    else:
        taken = Content(waiting["n"], waiting["media"], len(body), digest, now, waiting["by"])
        files.store_content(content_key(key, taken), body, taken.media)
        before = [*([record["current"]] if record.get("current") else []), *record.get("history", ())]
        change = {"current": _content_item(taken), "history": before[:HISTORY], "rejected": None}
        forgotten = [_read_content(part) for part in before[HISTORY:]]
        put = act("document taken on", {"number": taken.number, "sha256": digest, "size": taken.size})
    try:
        store.commit([VersionedRecord(key, record).change({**change, "pending": None}), put])
    except Cancelled:
        return reload_document(store, key) or record
    files.remove_content([came_by, *(content_key(key, content) for content in forgotten)])
    return reload_document(store, key) or record


def reload_document(store: Store, key: Key) -> Record | None:
    return store.read([key])[key]


def record_scan(store: Store, tenant: str, document: str, number: int, verdict: Scan) -> bool:
    """What a scanner found in one version of a document. Whether there is such a version; a verdict may come twice."""
    key = keys.document_key(tenant, document)
    for _ in range(5):
        record = reload_document(store, key)
        if record is None:
            return False
        versions = [*([record["current"]] if record.get("current") else []), *record.get("history", ())]
        if number not in [version["n"] for version in versions]:
            return False
        marked = [{**version, "scan": verdict} if version["n"] == number else version for version in versions]
        write = VersionedRecord(key, record).change({"current": marked[0], "history": marked[1:]})
        try:
            store.commit([write])
            return True
        except Cancelled:
            continue
    raise RuntimeError("the document kept changing while a scan was recorded")


def all_content_keys(key: Key, record: Record) -> list[str]:
    """The prefix of all that was ever uploaded for a document."""
    contents = [content for content in (current_content(record), *content_history(record)) if content]
    waiting = record.get("pending")
    return [content_key(key, content) for content in contents] + ([upload_key(key, waiting["n"])] if waiting else [])


def _unfit(body: bytes, waiting: Mapping[str, Any], digest: str) -> str | None:
    """Why the content is not what was announced."""
    if len(body) != waiting["size"]:
        return "size"
    if not _LOOKS_LIKE[waiting["media"]](body):
        return "type"
    if waiting.get("sha") not in (None, digest):
        return "sha256"
    return None


def _file_path(key: Key) -> str:
    return f"{key.pk.rpartition('#')[2]}/{key.sk.rpartition('#')[2]}"


def _content_item(content: Content) -> dict[str, Any]:
    return {
        "n": content.number,
        "media": content.media,
        "size": content.size,
        "sha": content.sha256,
        "at": content.at,
        "by": content.by,
        "scan": content.scan,
    }


def _read_content(record: Mapping[str, Any]) -> Content:
    return Content(
        record["n"], record["media"], record["size"], record["sha"], record["at"], record["by"], record["scan"]
    )
