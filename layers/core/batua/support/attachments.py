"""Documents on tickets and comments: checked when they are attached, linked when they are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .. import errors, files, ids
from ..api.endpoint import Call
from ..store import keys
from ..store.store import Record, Store
from ..tenants import uploads
from .model import Attachment
from .models import AttachmentOut


def attach_documents(call: Call[Any], wanted: Sequence[str]) -> tuple[Attachment, ...]:
    """The caller's documents as they are now. Raises a 400 for others, DOCUMENT_UNFIT for one without good content."""
    if wanted and "tenant:admin" not in call.caller.permissions:
        # A reader of the ticket can open what is attached: only those who may read documents can share them.
        raise errors.FORBIDDEN("Attaching documents needs the permission tenant:admin.")
    tenant = call.caller.tenant.id
    places = {}
    for id in dict.fromkeys(wanted):
        if not ids.is_id(id, "doc"):
            raise errors.invalid("attachments", f"{id[:40]!r} is not the id of a document")
        places[id] = keys.document_key(tenant, id)
    found = call.store.read(places.values()) if places else {}
    attached = []
    for id, key in places.items():
        record = found[key]
        if record is None or record.get("leaving"):
            raise errors.invalid("attachments", f"{id} is not a document of your tenant")
        from ..tenants import documents  # few messages come with a file

        record = documents.check_document(call, key, record)
        content = uploads.usable_content(record)
        attached.append(Attachment(tenant, id, record["name"], content.media, content.size))
    return tuple(attached)


def load_documents(store: Store, attachments: Iterable[Attachment]) -> dict[Attachment, Record | None]:
    """The records of attached documents, in one read."""
    places = {each: keys.document_key(each.tenant, each.document) for each in attachments}
    found = store.read(places.values()) if places else {}
    return {each: found[key] for each, key in places.items()}


def attachments_out(attachments: Sequence[Attachment], loaded: dict[Attachment, Record | None]) -> list[AttachmentOut]:
    """With links for those whose record was loaded and whose content is there."""
    return [
        AttachmentOut(
            document_id=each.document,
            name=each.name,
            media_type=each.media,
            size=each.size,
            download_url=_attachment_link(each, loaded.get(each)),
        )
        for each in attachments
    ]


def _attachment_link(attachment: Attachment, record: Record | None) -> str | None:
    if record is None or record.get("leaving"):
        return None
    content = uploads.current_content(record)
    if content is None or content.scan == "infected":
        return None
    key = keys.document_key(attachment.tenant, attachment.document)
    place = uploads.content_key(key, content)
    return files.download_link(place, content.media, attachment.name, uploads.DOWNLOAD_SECONDS).url
