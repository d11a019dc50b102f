"""The queue of stored mails: each names an object in the bucket of files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from .. import clock, files, observe
from ..queues import consume_messages
from ..store.store import Store
from .mail_in import receive_mail

INCOMING_MAIL: Final = "mail/"
"""Where SES stores what arrives; S3 deletes it after a month."""

MOST_MAIL_BYTES: Final = 30 * 1024 * 1024
"""SES takes no larger mail that goes to S3 than 40 MB; files of such a size could not be attached anyway."""


def consume_mail(store: Store, batch: Mapping[str, Any]) -> dict[str, Any]:
    """Takes the mails of a batch in. Answers which messages are to come again."""

    def take_in(body: str) -> None:
        place = str(json.loads(body)["detail"]["object"]["key"])
        if not place.startswith(INCOMING_MAIL):
            return
        raw = files.read_content(place, MOST_MAIL_BYTES)
        if raw is None:
            return  # deleted since
        outcome = "too_large" if len(raw) > MOST_MAIL_BYTES else receive_mail(store, raw, clock.system())
        observe.log().info("a mail was received", extra={"outcome": outcome, "mail": place.rpartition("/")[2]})

    return consume_messages(batch, take_in, "a mail could not be taken in", private=True)
