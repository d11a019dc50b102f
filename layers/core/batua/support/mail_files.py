"""Files that come with a mail: kept as documents of the sender's tenant, checked like every upload."""

from __future__ import annotations

from contextlib import suppress
from email.message import EmailMessage
from typing import Final

from .. import files, ids
from ..api.models import visible
from ..identity.users import User
from ..store import keys
from ..store.store import ConditionFailed, Store
from ..store.writes import ABSENT, Put
from ..tenants import uploads
from .model import Attachment

MOST_MAIL_FILES: Final = 5


def attach_mail_files(
    store: Store, mail: EmailMessage, user: User, mail_id: str, now: int
) -> tuple[tuple[Attachment, ...], list[str]]:
    """The attachments that are fit, kept, and the names of those that are left out. The same mail keeps each once."""
    kept: list[Attachment] = []
    left_out: list[str] = []
    for number, part in enumerate(mail.iter_attachments()):
        name = _name(part.get_filename(), number)
        content = part.get_payload(decode=True)
        body = content if isinstance(content, bytes) else b""
        media = uploads.media_of(body)
        if media is None or not body or len(body) > uploads.MAX_BYTES or len(kept) == MOST_MAIL_FILES:
            left_out.append(name)
            continue
        id = ids.derived_id("doc", mail_id, str(number))
        key, size = keys.document_key(user.tenant, id), len(body)
        item, place = uploads.kept_document(key, name, media, body, user.id, now)
        files.store_content(place, body, media)
        with suppress(ConditionFailed):  # the mail came before, and ended before its comment
            store.write(Put(key, item, when=ABSENT))
        kept.append(Attachment(user.tenant, id, name, media, size))
    return tuple(kept), left_out


def _name(given: str | None, number: int) -> str:
    text = "".join(char for char in (given or "") if char.isprintable() and char not in "/\\")[:128].strip()
    try:
        return visible(text) if text else f"attachment-{number + 1}"
    except ValueError:
        return f"attachment-{number + 1}"
