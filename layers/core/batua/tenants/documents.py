"""A tenant's documents: registered here, uploaded to and downloaded from S3 by links that work for minutes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from .. import clock, errors, files, ids
from ..api.endpoint import Call
from ..api.models import FileName, Instant, Model, Note
from ..api.styles import Reply
from ..store import keys
from ..store.keys import Key
from ..store.store import Record, commit_unless_changed
from ..store.versions import VersionedRecord, load_versioned, require_version
from ..store.writes import ABSENT, Delete, Put
from . import uploads
from .audit_entries import tenant_audit_entry
from .pages import tenant_items_page
from .profile import MAX_DOCUMENTS
from .uploads import MAX_BYTES, Content, Media, Scan

DocumentKind = Literal["logo", "agreement", "registration", "tax", "identity", "invoice", "other"]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class NewDocument(Model):
    name: FileName = Field(description="Under which it is downloaded.", examples=["Certificate of incorporation.pdf"])
    kind: DocumentKind = "other"
    media_type: Media
    size: int = Field(ge=1, le=MAX_BYTES, description="Bytes, exactly as they will be uploaded.")
    sha256: Digest | None = Field(None, description="Of the content; checked where given.")
    note: Note | None = None


class ReplaceDocument(NewDocument):
    version: int | None = Field(None, ge=1, description="As read; refuses the change where it is no longer that.")


class DocumentChange(Model):
    """Changes what it names."""

    name: FileName | None = None
    kind: DocumentKind | None = None
    note: Note | None = None
    version: int | None = Field(None, ge=1, description="As read; refuses the change where it is no longer that.")


class DocumentsQuery(Model):
    kind: DocumentKind | None = None
    limit: int = Field(50, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class Upload(Model):
    """Send the content with this method, to this URL, with these headers."""

    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]
    expires_at: Instant


class Download(Model):
    url: str
    expires_at: Instant


class ContentOut(Model):
    number: int
    media_type: str
    size: int
    sha256: str
    scan: Scan
    uploaded_by: str
    checked_at: Instant


class UploadRejected(Model):
    reason: Literal["size", "type", "sha256"] = Field(description="In what the upload differs from what was announced.")
    at: Instant


class DocumentOut(Model):
    id: str
    name: str
    kind: str
    note: str | None
    status: Literal["awaiting_upload", "ready", "rejected", "upload_expired"] = Field(
        description="`ready`: the content below is in force, whatever has become of a later upload."
    )
    content: ContentOut | None
    history: list[ContentOut]
    rejected: UploadRejected | None
    version: int
    created_by: str
    created_at: Instant


class DocumentRead(DocumentOut):
    download: Download | None = Field(description="None before an upload was checked, and for what is infected.")


class DocumentRegistered(DocumentOut):
    upload: Upload


class DocumentDeleted(Model):
    id: str
    deleted: Literal[True] = True


def list_documents(call: Call[DocumentsQuery]) -> Reply:
    """Newest first."""
    kind, now = call.input.kind, clock.system()

    def listed(record: Record) -> DocumentOut | None:
        if record.get("leaving") or kind not in (None, record["kind"]):
            return None
        return DocumentOut(**_document_fields(record, now))

    found, meta = tenant_items_page(call, "DOCUMENT", {"list": "documents", "kind": kind}, listed, descending=True)
    return Reply(found, meta=meta)


def upload_document(call: Call[NewDocument]) -> DocumentRegistered:
    """Registers a document and gives the link for its content, good for a quarter of an hour."""
    given, tenant, now = call.input, call.caller.tenant.id, clock.system()
    partition, beginning = keys.tenant_items_range(tenant, "DOCUMENT")
    there = sum(1 for _ in call.store.query_all("directory", partition, beginning=beginning, consistent=True))
    if there >= MAX_DOCUMENTS:
        raise errors.TOO_MANY_DOCUMENTS(figures={"limit": MAX_DOCUMENTS})
    key = keys.document_key(tenant, ids.new_id("doc", now))
    item = {
        **_described(given),
        "pending": uploads.pending_upload(1, given.media_type, given.size, given.sha256, call.caller.id, now),
        "number": 1,
        "made": now,
        "by": call.caller.id,
        "version": 1,
    }
    act = _audit_put(call, key, "document registered", {"kind": given.kind})
    commit_unless_changed(call.store, [Put(key, item, when=ABSENT), act])
    return _registered({"pk": key.pk, "sk": key.sk, **item}, key, now)


def replace_document(call: Call[ReplaceDocument]) -> DocumentRegistered:
    """Describes it anew and gives a link for another content. What was there stays until that has been checked."""
    given, now = call.input, clock.system()
    key, record = _requested_document(call)
    before = VersionedRecord(key, record)
    require_version(before, given.version)
    number = record["number"] + 1
    change = {
        **_described(given),
        "pending": uploads.pending_upload(number, given.media_type, given.size, given.sha256, call.caller.id, now),
        "number": number,
    }
    act = _audit_put(call, key, "document replaced", {"number": number})
    commit_unless_changed(call.store, [before.change({**change, "rejected": None}), act])
    return _registered(uploads.reload_document(call.store, key) or record, key, now)


def read_document(call: Call[None]) -> DocumentRead:
    """The record, and a link to the content, good for five minutes. The first to ask has an upload checked."""
    now = clock.system()
    key, record = _requested_document(call)
    record = check_document(call, key, record)
    content = uploads.current_content(record)
    download = None
    if content and content.scan != "infected":
        link = files.download_link(
            uploads.content_key(key, content), content.media, record["name"], uploads.DOWNLOAD_SECONDS
        )
        download = Download(url=link.url, expires_at=clock.iso(now + link.seconds * 1000))
    return DocumentRead(**_document_fields(record, now), download=download)


def update_document(call: Call[DocumentChange]) -> DocumentOut:
    given, now = call.input, clock.system()
    key, record = _requested_document(call)
    before = VersionedRecord(key, record)
    require_version(before, given.version)
    changes = given.model_dump(include={"name", "kind", "note"}, exclude_none=True)
    if changes:
        act = _audit_put(call, key, "document changed", {"changed": sorted(changes)})
        commit_unless_changed(call.store, [before.change(changes), act])
        record = uploads.reload_document(call.store, key) or record
    return DocumentOut(**_document_fields(record, now))


def delete_document(call: Call[None]) -> DocumentDeleted:
    """Deletes the record and every version of the content. The audit trail keeps its digest.

    The record goes last, and is hidden meanwhile: ended in between, the same request goes on.
    """
    key, record = _requested_document(call, deleting=True)
    document = key.sk.rpartition("#")[2]
    branding = load_versioned(call.store, keys.branding_key(call.caller.tenant.id))
    if ((branding.stored or {}).get("logo") or {}).get("doc") == document:
        raise errors.DOCUMENT_IN_USE()
    content = uploads.current_content(record)
    hidden = VersionedRecord(key, record).change({"leaving": True})
    act = _audit_put(call, key, "document deleted", {"sha256": content.sha256 if content else None})
    commit_unless_changed(call.store, [hidden, branding.check(), act])
    files.remove_content(uploads.all_content_keys(key, record))
    commit_unless_changed(call.store, [Delete(key)])
    return DocumentDeleted(id=document)


def check_document(call: Call[Any], key: Key, record: Record) -> Record:
    def record_act(what: str, details: dict[str, Any]) -> Put:
        return _audit_put(call, key, what, details)

    return uploads.check_upload(call.store, key, record, clock.system(), record_act)


def _requested_document(call: Call[Any], *, deleting: bool = False) -> tuple[Key, Record]:
    """Raises NOT_FOUND, for another tenant's document as for none."""
    document = call.path["id"]
    if not ids.is_id(document, "doc"):
        raise errors.NOT_FOUND()
    key = keys.document_key(call.caller.tenant.id, document)
    record = uploads.reload_document(call.store, key)
    if record is None or (record.get("leaving") and not deleting):
        raise errors.NOT_FOUND()
    return key, record


def _described(given: NewDocument) -> dict[str, Any]:
    return {"name": given.name, "kind": given.kind, "note": given.note}


def _audit_put(call: Call[Any], key: Key, what: str, details: dict[str, Any]) -> Put:
    return tenant_audit_entry(call, what, key.sk.rpartition("#")[2], details)


def _registered(record: Record, key: Key, now: int) -> DocumentRegistered:
    waiting = record["pending"]
    link = files.upload_link(
        uploads.upload_key(key, waiting["n"]), waiting["media"], waiting["size"], uploads.UPLOAD_SECONDS
    )
    upload = Upload(url=link.url, headers=dict(link.headers), expires_at=clock.iso(now + link.seconds * 1000))
    return DocumentRegistered(**_document_fields(record, now), upload=upload)


def _document_fields(record: Record, now: int) -> dict[str, Any]:
    content, waiting, rejected = uploads.current_content(record), record.get("pending"), record.get("rejected")
    status = "ready" if content else "rejected"
    if waiting and not content:
        status = "awaiting_upload" if now < waiting["until"] else "upload_expired"
    return {
        "id": record["sk"].rpartition("#")[2],
        "name": record["name"],
        "kind": record["kind"],
        "note": record.get("note"),
        "status": status,
        "content": _content_response(content) if content else None,
        "history": [_content_response(each) for each in uploads.content_history(record)],
        "rejected": UploadRejected(reason=rejected["why"], at=clock.iso(rejected["at"])) if rejected else None,
        "version": record["version"],
        "created_by": record["by"],
        "created_at": clock.iso(record["made"]),
    }


def _content_response(content: Content) -> ContentOut:
    return ContentOut(
        number=content.number,
        media_type=content.media,
        size=content.size,
        sha256=content.sha256,
        scan=content.scan,
        uploaded_by=content.by,
        checked_at=clock.iso(content.at),
    )
