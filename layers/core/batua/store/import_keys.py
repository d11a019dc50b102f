"""The keys of imports, all in the directory.

They begin with a fixed word and the books that the import brings coins into, so that a role can be limited to them.
"""

from __future__ import annotations

from .keys import Key
from .scope import Scope, require_id

PAST = "PAST#"
"""How the sort keys of a customer's imported history begin, beside the customer's record."""

IMPORT_IDS = "imp_"
"""How the sort keys of imports begin, beside those of files."""


def imports_partition(scope: str, tenant_id: str) -> str:
    """A tenant's imports into the books `scope`, and the files that they brought in."""
    require_id(tenant_id, "ten")
    return f"IMPORTS#{Scope.of(scope)}#{tenant_id}"


def import_key(scope: str, tenant_id: str, import_id: str) -> Key:
    require_id(import_id, "imp")
    return Key("directory", imports_partition(scope, tenant_id), import_id)


def imported_file_key(scope: str, tenant_id: str, sha256: str) -> Key:
    """Which import has brought in a file, known by its content."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError("not a digest")
    return Key("directory", imports_partition(scope, tenant_id), f"FILE#{sha256}")


def past_partition(scope: str, customer_id: str) -> str:
    """A customer's record and their imported history."""
    require_id(customer_id, "cust")
    return f"{Scope.of(scope)}#C#{customer_id}"


def past_key(scope: str, customer_id: str, at: str, digest: str) -> Key:
    """What a customer did in another system, by what it says: at what time (ISO 8601), and a digest of the rest."""
    if not digest.isalnum():
        raise ValueError("not a digest")
    return Key("directory", past_partition(scope, customer_id), f"{PAST}{at}#{digest}")


IMPORTED_PARTITIONS = 32


def imported_customers_partition(scope: str, number: int) -> str:
    """In index `by_parent`: customers whom an import has made or described. In 32 partitions, so that the rows of a
    large import do not all write one."""
    return f"{Scope.of(scope)}#IMPORTED#{number}"
