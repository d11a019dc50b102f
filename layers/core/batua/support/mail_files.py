"""Files that come with a mail: kept as documents of the sender's tenant, checked, counted and recorded like uploads."""

from __future__ import annotations

from contextlib import suppress
from email.message import EmailMessage
from typing import Final

from .. import audit_trail, files, ids
from ..api.models import visible
from ..identity.users import User
from ..store import keys
from ..store.store import Cancelled, Store
from ..store.writes import ABSENT, Put
from ..tenants import uploads
from ..tenants.profile import MAX_DOCUMENTS
from .model import Attachment

MOST_MAIL_FILES: Final = 5


def attach_mail_files(
    store: Store, mail: EmailMessage, user: User, mail_id: str, now: int
) -> tuple[tuple[Attachment, ...], list[str]]:
    """The attachments that are fit, kept, and the names of those that are left out: also where the tenant has as many
    documents as it may. The same mail keeps each once."""
    parts = list(mail.iter_attachments())
    room = MAX_DOCUMENTS - _documents(store, user.tenant) if parts else 0
    kept: list[Attachment] = []
    left_out: list[str] = []
    for number, part in enumerate(parts):
        name = _file_name(part.get_filename(), number)
        content = part.get_payload(decode=True)
        body = content if isinstance(content, bytes) else b""
        media = uploads.media_of(body)
        if media is None or not body or len(body) > uploads.MAX_BYTES or len(kept) >= min(MOST_MAIL_FILES, room):
            left_out.append(name)
            continue
        id = ids.derived_id("doc", mail_id, str(number))
        key, size = keys.document_key(user.tenant, id), len(body)
        item, place = uploads.kept_document(key, name, media, body, user.id, now)
        files.store_content(place, body, media)
        received = audit_trail.audit_entry(
            "live",
            user.tenant,
            now,
            what="document received by mail",
            who=user.id,
            address="mail",
            reference=id,
            details={"sha256": item["current"]["sha"], "size": size},
        )
        with suppress(Cancelled):  # the mail came before, and ended before its comment
            store.commit([Put(key, item, when=ABSENT), received], caller=id)
        kept.append(Attachment(user.tenant, id, name, media, size))
    return tuple(kept), left_out


def _documents(store: Store, tenant: str) -> int:
    partition, beginning = keys.tenant_items_range(tenant, "DOCUMENT")
    return sum(1 for _ in store.query_all("directory", partition, beginning=beginning, consistent=True))


def _file_name(given: str | None, number: int) -> str:
    text = "".join(char for char in (given or "") if char.isprintable() and char not in "/\\")[:128].strip()
    try:
        return visible(text) if text else f"attachment-{number + 1}"
    except ValueError:
        return f"attachment-{number + 1}"
