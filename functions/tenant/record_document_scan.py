"""What a malware scanner found in a document: an event `Document scanned` from `batua.scanner` on the bus."""

from typing import Any

from batua.store.store import store
from batua.tenants import malware_scans


def handler(event: dict[str, Any], context: Any) -> None:
    """Marks the version of the document that was scanned; an infected one is downloaded by nobody."""
    malware_scans.record_verdict(store(), event["detail"])
