"""Every 15 minutes: looks at the providers at links and orders that stayed open, and mails the receipts of payments."""

from typing import Any

from batua import clock
from batua.billing.reconciliation import reconcile_open_payments
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return reconcile_open_payments(store(), clock.system())
