"""Mail that SES has stored: a reply to a ticket's mail becomes a comment."""

from typing import Any

from batua.store.store import store
from batua.support.mail_queue import consume_mail


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return consume_mail(store(), event)
