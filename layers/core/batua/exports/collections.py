"""What an export holds: each collection as the API's own list shows it, page after page.

So a row of a file has the shape that the reference describes for that list, and an export shows no more than the user
who asked for it could list. What the API never shows again (secrets, codes, passwords, identity numbers) is in no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..api.styles import plain_value
from .reader import CollectionPage, Reader, named_use_case


@dataclass(frozen=True, slots=True)
class Collection:
    """`permission` is what listing it takes, where that is more than being a user of the tenant."""

    name: str
    description: str
    read: Callable[[Reader, str | None], CollectionPage]
    permission: str | None = None
    unique: str | None = None
    """The field that tells rows apart, where `read` leaves out those in `Reader.seen`."""


def _listed(
    use_case: str, query: str, *, limit: int = 100, lookup: str | None = None, **filters: Any
) -> Callable[[Reader, str | None], CollectionPage]:
    """A list with cursors."""

    def read(reader: Reader, cursor: str | None) -> CollectionPage:
        content = named_use_case(query).model_validate({"limit": limit, "cursor": cursor, **filters})
        reply = reader.call(use_case, content, lookup=lookup)
        return list(reply.data), reply.meta.get("next_cursor")

    return read


def _numbered(use_case: str, query: str, **filters: Any) -> Callable[[Reader, str | None], CollectionPage]:
    """A list with page numbers."""

    def read(reader: Reader, cursor: str | None) -> CollectionPage:
        page = int(cursor or 1)
        reply = reader.call(use_case, named_use_case(query).model_validate({"page": page, "limit": 100, **filters}))
        rows = list(reply.data)
        return rows, str(page + 1) if len(rows) == 100 else None

    return read


def _whole(use_case: str, **how: Any) -> Callable[[Reader, str | None], CollectionPage]:
    """What is answered at once: a short list, or one row."""

    def read(reader: Reader, cursor: str | None) -> CollectionPage:
        return reader.rows(use_case, **how), None

    return read


def _settings(reader: Reader, cursor: str | None) -> CollectionPage:
    """One row for each of the tenant's settings, with its name."""
    parts = {
        "context": "tenants.context:read_tenant_context",
        "branding": "tenants.branding:read_branding",
        "networks": "tenants.allowlist:read_allowlist",
        "origins": "tenants.origins:read_origins",
        "tax_profile": "billing.profile_settings:read_tax_profile",
    }
    if reader.caller.tenant.program:
        parts["earning_rules"] = "coins.earning_rules:read_rules"
    return [{"setting": name, **_object(reader.call(part).data)} for name, part in parts.items()], None


def _programs(reader: Reader, cursor: str | None) -> CollectionPage:
    """Each program with its campaigns; and, of the tenant's own networks, the members."""
    query = named_use_case("rewards.program_models:ProgramsQuery")()
    rows = []
    for program in map(_object, reader.call("rewards.programs:list_programs", query).data):
        at = {"path": {"id": program["id"]}, "lookup": "rewards.programs:prefetch_program"}
        if program["kind"] != "application":
            program["campaigns"] = reader.rows("rewards.program_campaigns:list_campaigns", **at)
        if program["kind"] == "network" and program["role"] == "owner":
            program["members"] = list(_members(reader, at))
        rows.append(program)
    return rows, None


def _members(reader: Reader, at: Mapping[str, Any]) -> Iterator[Any]:
    query, cursor = named_use_case("rewards.program_members:MembersQuery"), None
    while True:
        content = query.model_validate({"limit": 100, "cursor": cursor})
        reply = reader.call("rewards.program_members:list_members", content, **at)
        yield from map(_object, reply.data)
        cursor = reply.meta.get("next_cursor")
        if cursor is None:
            return


def _tickets(reader: Reader, cursor: str | None) -> CollectionPage:
    """Each ticket with the comments that the tenant may read."""
    listed = _listed("support.tickets:list_tickets", "support.models:TicketsQuery", limit=20)
    rows, following = listed(reader, cursor)
    query = named_use_case("support.models:CommentsQuery")
    shown = []
    for ticket in map(_object, rows):
        comments: list[Any] = []
        after: str | None = None
        while True:
            reply = reader.call(
                "support.conversation:list_comments",
                query.model_validate({"limit": 100, "cursor": after}),
                lookup="support.access:prefetch_ticket",
                path={"id": ticket["id"]},
            )
            comments += map(_object, reply.data)
            after = reply.meta.get("next_cursor")
            if after is None:
                break
        shown.append({**ticket, "comments": comments})
    return shown, following


def _customers(reader: Reader, cursor: str | None) -> CollectionPage:
    from .customers import read_customers

    return read_customers(reader, cursor)


def _imported_customers(reader: Reader, cursor: str | None) -> CollectionPage:
    from .customers import read_imported_customers

    return read_imported_customers(reader, cursor)


COLLECTIONS: Final[Mapping[str, Collection]] = {
    each.name: each
    for each in (
        Collection(
            "settings",
            "Profile and program, branding, networks, origins, tax profile and earning rules; a row each",
            _settings,
            "tenant:admin",
        ),
        Collection(
            "users",
            "The tenant's people with their roles",
            _listed("tenants.team:list_users", "tenants.team:TeamQuery"),
            "tenant:admin",
        ),
        Collection(
            "api_keys",
            "API keys, without their secrets",
            _listed("tenants.api_keys:list_api_keys", "tenants.api_keys:KeysQuery"),
            "tenant:admin",
        ),
        Collection(
            "documents",
            "Names and states of the documents that were uploaded",
            _listed("tenants.documents:list_documents", "tenants.documents:DocumentsQuery"),
        ),
        Collection("programs", "Coin programs with their campaigns, and the members of one's own networks", _programs),
        Collection(
            "customers",
            "Customers served, with phone number, balance and the coins that expire by month",
            _customers,
            "ledger:read",
            unique="customer_id",
        ),
        Collection(
            "imported_customers",
            "Customers of imports, also without a visit, with their history in the other system",
            _imported_customers,
            "tenant:admin",
        ),
        Collection(
            "coin_transactions",
            "Every issue, redemption, hold and reversal at the tenant's counter, the newest first",
            _listed(
                "coins.ledger_list:list_ledger",
                "coins.ledger_list:LedgerQuery",
                lookup="coins.ledger_list:prefetch_ledger",
            ),
            "ledger:read",
        ),
        Collection(
            "wallets",
            "The tenant's own wallets",
            _listed(
                "wallets.queries:list_tenant_wallets",
                "wallets.models:WalletsQuery",
                lookup="wallets.queries:prefetch_rupee_wallet",
            ),
            "ledger:read",
        ),
        Collection(
            "transactions",
            "Transactions on the tenant's own wallets and its customers', the newest first",
            _listed("transactions.queries:list_transactions", "transactions.models:TransactionsQuery"),
            "ledger:read",
        ),
        Collection(
            "prefund_requests",
            "Money that the tenant paid in",
            _listed("prefund.queries:list_prefunds", "prefund.models:PrefundsQuery"),
            "ledger:read",
        ),
        Collection(
            "balance_requests",
            "Balance that the tenant asked its parent for",
            _numbered("gateway.requests:list_own", "gateway.models:BalanceRequestsQuery"),
            "gateway:read",
        ),
        Collection(
            "child_balance_requests",
            "Balance that children asked the tenant for",
            _numbered("gateway.requests:list_children", "gateway.models:ChildRequestsQuery"),
            "gateway:read",
        ),
        Collection(
            "rewards",
            "The tenant's rewards",
            _listed("rewards.catalogue:list_rewards", "rewards.reward_models:RewardsQuery"),
        ),
        Collection(
            "redemptions",
            "Redemptions of the tenant's rewards, the newest first",
            _listed("rewards.redemption_list:list_redemptions", "rewards.redemption_models:RedemptionsQuery"),
            "tenant:admin",
        ),
        Collection(
            "marketplace_orders",
            "Orders of marketplace products",
            _listed("marketplace.orders:list_orders", "marketplace.models:OrdersQuery", all=True),
            "tenant:admin",
        ),
        Collection(
            "invoices",
            "Invoices and notes of the tenant",
            _listed("billing.invoice_queries:list_tenant_invoices", "billing.models:ListInvoicesQuery"),
            "ledger:read",
        ),
        Collection(
            "gateway_invoices",
            "Invoices and credit notes of the gateway",
            _whole("gateway.invoices:every_invoice"),
            "gateway:read",
        ),
        Collection(
            "connections",
            "Connected shops and billing systems, without their secrets",
            _whole("integrations.connections:list_connections"),
        ),
        Collection(
            "webhook_endpoints",
            "Endpoints that receive events, without their secrets",
            _whole("events.endpoints:list_webhook_endpoints"),
        ),
        Collection(
            "fraud_flags",
            "Patterns that looked like fraud, and what came of them",
            _listed("fraud.review:list_flags", "fraud.models:FlagsQuery"),
            "ledger:read",
        ),
        Collection(
            "verifications",
            "Verifications of the tenant, without the numbers that were verified",
            _listed("verification.checks:list_verifications", "verification.models:VerificationsQuery"),
            "tenant:admin",
        ),
        Collection("tickets", "Tickets with their public comments", _tickets),
        Collection(
            "imports",
            "Imports of customers and balances",
            _listed("imports.requests:list_imports", "imports.models:ImportsQuery"),
            "tenant:admin",
        ),
        Collection(
            "audit_trail",
            "Who did what, when and from where, the newest first",
            _listed("coins.audit_list:list_audit", "coins.audit_list:AuditQuery"),
            "audit:read",
        ),
    )
}
"""In the order in which they are written."""


def permitted_collections(permissions: Iterable[str], *, has_program: bool) -> list[str]:
    """What someone with these permissions may export of a tenant with or without a coin program."""
    held = set(permissions)
    return [
        each.name
        for each in COLLECTIONS.values()
        if (each.permission is None or each.permission in held) and (has_program or each.name not in _OF_A_PROGRAM)
    ]


_OF_A_PROGRAM: Final = frozenset(
    {"customers", "imported_customers", "coin_transactions", "rewards", "redemptions", "marketplace_orders"}
)
"""What only a tenant with a coin program has."""


def _object(value: Any) -> dict[str, Any]:
    plain: dict[str, Any] = plain_value(value)
    return plain
