"""Tenants, for the operator at a terminal with AWS credentials.

    python -m batua.tenants.admin create merchant "Kaveri Stores" --slug kaveri --parent ten_...
    python -m batua.tenants.admin list [ten_...] | move ten_... ten_... | suspend ten_... --why "..." | resume ten_...
    python -m batua.tenants.admin shards ten_... [--least 16]

The deployment's table is named by DIRECTORY_TABLE, as in its functions. `--json` prints for programs.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from typing import Any

from .. import clock, errors, ids
from ..identity.tenant import Tenant
from ..ledger.posting.shards import MonthLocation, open_some_ahead
from ..store import keys
from ..store.store import Contended, Store, store
from . import tree
from .profile import PRODUCTS
from .tree import NewTenant, PropagationResult

_OPENING_ROUNDS = 40
"""Several times what it takes where no posting is in the way; what is left then, postings open themselves."""

_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,128}")


def tenants_main(arguments: list[str] | None = None) -> int:
    """0 where it was done, 1 where it was refused; argparse itself ends with 2."""
    asked = _parser().parse_args(arguments)
    try:
        answer = asked.does(store(), asked)
    except errors.Problem as problem:
        wrong = [f"{field}: {', '.join(reasons)}" for field, reasons in problem.fields.items()]
        sys.stderr.write(" ".join([problem.message, *wrong]) + "\n")
        return 1
    except Contended:
        sys.stderr.write("Others were changing the same tenants; what is not done yet is done by the same command.\n")
        return 1
    sys.stdout.write((json.dumps(answer) if asked.json else _readable(answer)) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m batua.tenants.admin", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", action="store_true")
    commands = parser.add_subparsers(required=True, metavar="create|move|suspend|resume|settle|shards|list")

    create = commands.add_parser("create", help="make a tenant")
    create.add_argument("kind", choices=["parent", "merchant", "application"])
    create.add_argument("name", type=_name_argument)
    create.add_argument("--slug", required=True)
    create.add_argument("--parent", type=_tenant_argument, help="the operator where left out")
    create.add_argument("--legal-name", type=_name_argument)
    create.add_argument("--region", type=_region, default="IN", help="country of phone numbers without one")
    create.add_argument("--zone", type=_zone_argument, default="Asia/Kolkata")
    create.add_argument("--product", action="append", choices=PRODUCTS, help="again for each; by kind where left out")
    create.add_argument("--feature", action="append", default=[], metavar="NAME[=off]")
    create.add_argument("--requests-per-minute", type=_positive, default=12_000)
    create.set_defaults(does=_create)

    move = commands.add_parser("move", help="put a tenant, with all below it, under another one")
    move.add_argument("tenant", type=_tenant_argument)
    move.add_argument("parent", type=_tenant_argument)
    move.set_defaults(
        does=lambda store, asked: _propagation_summary(
            tree.move_tenant(store, asked.tenant, asked.parent, clock.system())
        )
    )

    suspend = commands.add_parser("suspend", help="stop a tenant's users and keys, and those of all below it")
    suspend.add_argument("tenant", type=_tenant_argument)
    suspend.add_argument("--why", type=_name_argument)
    suspend.set_defaults(
        does=lambda store, asked: _propagation_summary(
            tree.suspend_tenant(store, asked.tenant, clock.system(), why=asked.why)
        )
    )

    resume = commands.add_parser("resume", help="end a suspension")
    resume.add_argument("tenant", type=_tenant_argument)
    resume.set_defaults(
        does=lambda store, asked: _propagation_summary(tree.resume_tenant(store, asked.tenant, clock.system()))
    )

    settle = commands.add_parser("settle", help="carry down again what tenants repeat of those above them")
    settle.add_argument("tenant", type=_tenant_argument)
    settle.set_defaults(does=lambda store, asked: _propagation_summary(tree.propagate(store, asked.tenant)))

    shards = commands.add_parser("shards", help="show, or set, over how many shards a merchant's postings spread")
    shards.add_argument("tenant", type=_tenant_argument)
    shards.add_argument("--least", type=_positive, metavar="N", help="at least so many, however quiet it is")
    shards.set_defaults(does=_shards)

    listing = commands.add_parser("list", help="show a tenant and all below it; the whole tree where left out")
    listing.add_argument("tenant", type=_tenant_argument, nargs="?")
    listing.set_defaults(does=_list)
    return parser


def _create(store: Store, asked: argparse.Namespace) -> dict[str, Any]:
    features = {name: state != "off" for name, _, state in (each.partition("=") for each in asked.feature)}
    wanted = NewTenant(
        kind=asked.kind,
        name=asked.name,
        slug=asked.slug,
        parent=asked.parent or _operator(store),
        region=asked.region,
        time_zone=asked.zone,
        legal_name=asked.legal_name,
        products=tuple(asked.product) if asked.product else None,
        features=features,
        requests_per_minute=asked.requests_per_minute,
    )
    return _tenant_fields(0, tree.create_tenant(store, wanted, clock.system()))


def _list(store: Store, asked: argparse.Namespace) -> list[dict[str, Any]]:
    return [_tenant_fields(depth, tenant) for depth, tenant in tree.subtree(store, asked.tenant or _operator(store))]


def _shards(store: Store, asked: argparse.Namespace) -> dict[str, Any]:
    if asked.least is None:
        tenant = tree.load_tenant(store, asked.tenant)
    else:
        tenant = tree.set_capacity(store, asked.tenant, clock.system(), least_shards=asked.least)
        _open_months(store, tenant)
    since = clock.iso(tenant.scaled_at) if tenant.scaled_at else None
    return {"tenant": tenant.id, "shards": tenant.shards, "least": tenant.least_shards, "since": since}


def _open_months(store: Store, tenant: Tenant) -> None:
    """Opens the merchant's shards of this month and the next, so that the sale they are for finds them open."""
    program = tenant.program
    if program is None or tenant.shards == 1:
        return
    scope, this_month = keys.scope("live", program.owner), clock.local_month(clock.system(), program.time_zone)
    for month in (this_month, clock.add_months(this_month, 1)):
        place = MonthLocation.of(keys.month_key(scope, tenant.id, 0, month))
        for _ in range(_OPENING_ROUNDS):
            if open_some_ahead(store, place, tenant.shards):
                break


def _operator(store: Store) -> str:
    record = store.read([keys.platform_key()])[keys.platform_key()]
    if record is None:
        raise errors.NOT_FOUND("No operator yet: run `python -m batua.tenants.bootstrap` first.")
    return str(record["operator"])


def _tenant_fields(depth: int, tenant: Tenant) -> dict[str, Any]:
    return {
        "id": tenant.id,
        "kind": tenant.kind,
        "name": tenant.name,
        "status": tenant.status,
        "stopped_by": tenant.stopped_by,
        "parent": tenant.parent,
        "program": tenant.program.name if tenant.program else None,
        "depth": depth,
    }


def _propagation_summary(settled: PropagationResult) -> dict[str, Any]:
    return {"tenants_below": settled.seen, "changed": settled.changed}


def _readable(answer: Any) -> str:
    if isinstance(answer, list):
        return "\n".join(map(_tenant_line, answer))
    if "id" in answer:
        return _tenant_line(answer)
    if "shards" in answer:
        since = f", since {answer['since']}" if answer["since"] else ""
        return f"{answer['tenant']}  {answer['shards']} shards, at least {answer['least']}{since}"
    return f"done; {answer['tenants_below']} tenants stand below, {answer['changed']} of them changed"


def _tenant_line(tenant: dict[str, Any]) -> str:
    state = tenant["status"] if tenant["stopped_by"] is None else f"stopped by {tenant['stopped_by']}"
    program = f"  ({tenant['program']})" if tenant["program"] else ""
    return f"{'  ' * tenant['depth']}{tenant['id']}  {tenant['kind']:<11}  {state:<9}  {tenant['name']}{program}"


def _tenant_argument(text: str) -> str:
    if not ids.is_id(text, "ten"):
        raise argparse.ArgumentTypeError("must be a tenant's id, ten_...")
    return text


def _name_argument(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError("must have 1 to 128 characters, none of them a control character")
    return text


def _region(text: str) -> str:
    if len(text) != 2 or not (text.isascii() and text.isupper()):
        raise argparse.ArgumentTypeError("must be a country's two capital letters")
    return text


def _zone_argument(text: str) -> str:
    if not clock.is_zone(text):
        raise argparse.ArgumentTypeError("must be a time zone such as Asia/Kolkata")
    return text


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError("must be a whole number above zero")
    return int(text)


if __name__ == "__main__":
    raise SystemExit(tenants_main())
