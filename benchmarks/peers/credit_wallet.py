"""A wallet on credit-ledger, the published metering library, and PostgreSQL: each customer is one of its tenants.

The library moves the value; this file gives it the routes and bodies of Batua's counter, and reads its ledger for the
statement. `DATABASE_URL` names its database (as SQLAlchemy writes it), `API_KEY` the merchant's key.
"""

from __future__ import annotations

import os
import uuid
from hmac import compare_digest
from typing import Annotated, Any

from credit_ledger import metering
from fastapi import Depends, FastAPI, Header, HTTPException, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import create_engine, text

# The columns that the library reads and writes; its wheel has no schema file.
SCHEMA = """
    CREATE TABLE credit_balance (
        tenant_id text PRIMARY KEY, credits numeric(18,4) NOT NULL CHECK (credits >= 0),
        updated_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE credit_ledger (
        seq bigint GENERATED ALWAYS AS IDENTITY, id uuid PRIMARY KEY, tenant_id text NOT NULL REFERENCES credit_balance,
        delta numeric(18,4) NOT NULL, reason text, idempotency_key text, balance_after numeric(18,4) NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (tenant_id, idempotency_key)
    );
    CREATE INDEX credit_statement ON credit_ledger (tenant_id, seq DESC);
"""
STATEMENT = """
    SELECT seq, id, delta, reason, balance_after, created_at FROM credit_ledger
    WHERE tenant_id = :customer AND seq < :cursor ORDER BY seq DESC LIMIT :limit
"""
LAST = 2**63 - 1

engine = create_engine(os.environ["DATABASE_URL"], pool_size=16, max_overflow=0)
app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


class Movement(BaseModel):
    phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
    coins: Annotated[int, Field(strict=True, gt=0, le=10**13)]


def authenticated(authorization: Annotated[str, Header()]) -> None:
    given = authorization.removeprefix("Bearer ")
    if not compare_digest(given.encode(), os.environ["API_KEY"].encode()):
        raise HTTPException(401, "not a key")


Authenticated = Depends(authenticated)
Key = Annotated[str | None, Header(alias="Idempotency-Key")]


@app.post("/api/v1/merchant/coins/issue", dependencies=[Authenticated])
def issue(body: Movement, idempotency_key: Key = None) -> JSONResponse:
    key = idempotency_key or str(uuid.uuid4())
    charge = metering.grant(body.phone, body.coins, reason="issue", idempotency_key=key, engine=engine)
    return _answer(charge, body, body.coins)


@app.post("/api/v1/merchant/coins/redeem", dependencies=[Authenticated])
def redeem(body: Movement, idempotency_key: Key = None) -> JSONResponse:
    key = idempotency_key or str(uuid.uuid4())
    charge = metering.decrement(body.phone, body.coins, reason="redeem", idempotency_key=key, engine=engine)
    return _answer(charge, body, -body.coins)


@app.get("/api/v1/merchant/customers/balance", dependencies=[Authenticated])
def balance(phone: Annotated[str, Query()]) -> JSONResponse:
    return JSONResponse({"data": {"balance": int(metering.balance(phone, engine=engine))}})


@app.get("/api/v1/merchant/ledger", dependencies=[Authenticated])
def statement(
    customer: Annotated[str, Query()],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[int, Query(ge=1, le=LAST)] = LAST,
) -> JSONResponse:
    with engine.connect() as connection:
        asked = {"customer": customer, "cursor": cursor, "limit": limit}
        rows = connection.execute(text(STATEMENT), asked).all()
    following = str(rows[-1].seq) if len(rows) == limit else None
    return JSONResponse({"data": [_line(row) for row in rows], "meta": {"next_cursor": following}})


def _answer(charge: metering.Charge, body: Movement, change: int) -> JSONResponse:
    after = int(charge.balance)
    if not charge.ok:
        return JSONResponse({"code": "insufficient_balance", "balance": after}, 409)
    data = {"coins": body.coins, "previous_balance": after - change, "balance": after}
    return JSONResponse({"data": data}, 201, {"Idempotency-Replayed": "true"} if charge.deduped else {})


def _line(row: Any) -> dict[str, Any]:
    return {
        "transaction_id": str(row.id),
        "type": row.reason,
        "coins": abs(int(row.delta)),
        "balance": int(row.balance_after),
        "created_at": row.created_at.isoformat(),
    }


def prepare() -> None:
    with engine.begin() as connection:
        connection.execute(text(SCHEMA))


BOOKS = {
    "every balance is the sum of its ledger": (
        "SELECT count(*) FROM credit_balance b "
        "WHERE credits <> (SELECT coalesce(sum(delta), 0) FROM credit_ledger l WHERE l.tenant_id = b.tenant_id)"
    ),
}
