"""A wallet on FastAPI and PostgreSQL, written for the comparison and meant to be good at it.

Prepared statements, one round trip a request, row locks, a unique key, double-entry legs, keyset pagination. It speaks
the routes and bodies of Batua's counter. `DATABASE_URL` names its database, `API_KEY` the one merchant's key.
"""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

SCHEMA = Path(__file__).with_suffix(".sql")
KEY_SECONDS = 60
"""How long a key that was looked up is believed; a revoked one works for as long."""

POST = "SELECT * FROM post($1, $2, $3, $4, $5)"
BALANCE = "SELECT balance FROM account WHERE merchant = $1 AND phone = $2"
STATEMENT = """
    SELECT l.id AS seq, t.id, t.kind, t.amount, t.previous, t.balance, t.created_at
    FROM account a JOIN leg l ON l.account = a.id JOIN transaction t ON t.id = l.transaction
    WHERE a.merchant = $1 AND a.phone = $2 AND l.id < $3 ORDER BY l.id DESC LIMIT $4
"""
REFUSALS = {"unknown": (404, "customer_not_found"), "short": (409, "insufficient_balance")}
LAST = 2**63 - 1

Phone = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]


class Movement(BaseModel):
    phone: Phone
    coins: Annotated[int, Field(strict=True, gt=0, le=10**15)]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=4, max_size=16) as pool:
        app.state.pool, app.state.keys = pool, {}
        yield


app = FastAPI(lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None)


async def merchant(request: Request, authorization: Annotated[str, Header()]) -> int:
    """The merchant of the key that came with the request."""
    digest = hashlib.sha256(authorization.removeprefix("Bearer ").encode()).digest()
    known, keys = request.app.state.keys.get(digest), request.app.state.keys
    if known is None or known[1] < time.monotonic():
        found = await request.app.state.pool.fetchval("SELECT merchant FROM api_key WHERE digest = $1", digest)
        if found is None:
            raise HTTPException(401, "not a key")
        known = keys[digest] = (found, time.monotonic() + KEY_SECONDS)
    return int(known[0])


Merchant = Annotated[int, Depends(merchant)]
Key = Annotated[str | None, Header(alias="Idempotency-Key")]


@app.post("/api/v1/merchant/coins/issue")
async def issue(body: Movement, request: Request, merchant: Merchant, idempotency_key: Key = None) -> JSONResponse:
    return await _post(request, merchant, idempotency_key, "issue", body)


@app.post("/api/v1/merchant/coins/redeem")
async def redeem(body: Movement, request: Request, merchant: Merchant, idempotency_key: Key = None) -> JSONResponse:
    return await _post(request, merchant, idempotency_key, "redeem", body)


@app.get("/api/v1/merchant/customers/balance")
async def balance(phone: Annotated[str, Query()], request: Request, merchant: Merchant) -> JSONResponse:
    found = await request.app.state.pool.fetchval(BALANCE, merchant, phone)
    if found is None:
        return JSONResponse({"code": "customer_not_found"}, 404)
    return JSONResponse({"data": {"balance": found}})


@app.get("/api/v1/merchant/ledger")
async def statement(
    customer: Annotated[str, Query()],
    request: Request,
    merchant: Merchant,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[int, Query(ge=1, le=LAST)] = LAST,
) -> JSONResponse:
    rows = await request.app.state.pool.fetch(STATEMENT, merchant, customer, cursor, limit)
    following = str(rows[-1]["seq"]) if len(rows) == limit else None
    return JSONResponse({"data": [_line(row) for row in rows], "meta": {"next_cursor": following}})


async def _post(request: Request, merchant: int, key: str | None, kind: str, body: Movement) -> JSONResponse:
    arguments = (merchant, key or str(uuid.uuid4()), kind, body.phone, body.coins)
    try:
        row = await request.app.state.pool.fetchrow(POST, *arguments)
    except asyncpg.UniqueViolationError:  # the same key at the same moment, for another customer: now it is there
        row = await request.app.state.pool.fetchrow(POST, *arguments)
    outcome = row["outcome"]
    if outcome == "reused":
        return JSONResponse({"code": "idempotency_key_reused"}, 422)
    if outcome in REFUSALS:
        status, code = REFUSALS[outcome]
        return JSONResponse({"code": code, "balance": row["balance"]}, status)
    data = {
        "transaction_id": str(row["id"]),
        "coins": body.coins,
        "previous_balance": row["previous"],
        "balance": row["balance"],
        "created_at": row["created_at"].isoformat(),
    }
    headers = {"Idempotency-Replayed": "true"} if outcome == "replayed" else {}
    return JSONResponse({"data": data}, 201, headers)


def _line(row: Any) -> dict[str, Any]:
    return {
        "transaction_id": str(row["id"]),
        "type": row["kind"],
        "coins": row["amount"],
        "previous_balance": row["previous"],
        "balance": row["balance"],
        "created_at": row["created_at"].isoformat(),
    }


async def prepare(dsn: str, api_key: str) -> None:
    """Makes the tables, and the key of the one merchant."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(SCHEMA.read_text())
        await connection.execute("INSERT INTO api_key VALUES ($1, 1)", hashlib.sha256(api_key.encode()).digest())
    finally:
        await connection.close()


BOOKS = {
    "the legs of every transaction add up to zero": (
        "SELECT count(*) FROM (SELECT 1 FROM leg GROUP BY transaction HAVING sum(amount) <> 0) AS off"
    ),
    "every balance is the sum of its legs": (
        "SELECT count(*) FROM account a "
        "WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM leg WHERE account = a.id)"
    ),
}
"""Laws of the books: how many rows break each."""
