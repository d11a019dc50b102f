"""Two changes of one record that were both made from the same reading: neither undoes the other unseen.

Each case is two requests that change different things. Both are held until both have read; then either both count, or
one is told `version_conflict` and has changed nothing.
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Barrier, BrokenBarrierError, local
from typing import Any

import pytest

from batua.store.store import Store
from tests.api.conftest import Client
from tests.api.program_fixtures import THREE_FIELDS, newcomer, sign_in  # noqa: F401
from tests.api.shops import Open, Shop, open_shop  # noqa: F401
from tests.api.signed_in import SignedIn, SignIn, signed_in  # noqa: F401


@dataclass(frozen=True)
class Case:
    """What is made, and how it is changed twice."""

    path: str
    changes: tuple[Mapping[str, Any], Mapping[str, Any]]
    made: tuple[str, Mapping[str, Any]] | None = None


CASES = {
    "connection": Case(
        "/api/v1/integrations/{id}",
        ({"name": "Web shop of Pune"}, {"status": "paused"}),
        made=("/api/v1/integrations", {"system": "pos", "name": "Till"}),
    ),
    "reward": Case(
        "/api/v1/rewards/{id}",
        ({"title": "Copper mug"}, {"points": 90}),
        made=("/api/v1/rewards", {"title": "Steel mug", "type": "voucher", "points": 120}),
    ),
    "program": Case(
        "/api/v1/rewards/programs/{id}",
        ({"name": "Petals of Pune"}, {"description": "For sweets."}),
        made=("/api/v1/rewards/programs", THREE_FIELDS),
    ),
    "document": Case(
        "/api/v1/tenant/documents/{id}",
        ({"name": "contract.pdf"}, {"note": "Signed"}),
        made=(
            "/api/v1/tenant/documents",
            {"name": "draft.pdf", "kind": "other", "media_type": "application/pdf", "size": 48_211},
        ),
    ),
    "wallet": Case(
        "/api/v1/wallets/{wallet_id}",
        ({"name": "Pune West"}, {"status": "closed"}),
        made=("/api/v1/wallets", {"name": "Pune"}),
    ),
    "preferences": Case("/api/v1/notifications/preferences", ({"language": "hi"}, {"digests": {"support": "daily"}})),
    "ticket": Case(
        "/api/v1/tickets/{id}",
        ({"subject": "The printer"}, {"priority": "high"}),
        made=("/api/v1/tickets", {"subject": "Printer", "description": "It is out of ink.", "category": "other"}),
    ),
}


@contextmanager
def both_have_read() -> Iterator[list[str]]:
    """Until then neither of two requests writes; what each writes afterwards goes through. Gives who has met."""
    met: list[str] = []
    together, seen = Barrier(2), local()

    def held(write: Callable[..., Any]) -> Callable[..., Any]:
        def writing(store: Store, change: Any, *more: Any, **named: Any) -> Any:
            places = [each.key.pk for each in (change if isinstance(change, list | tuple) else [change])]
            if not getattr(seen, "waited", False) and not all(pk.startswith(("AUDIT#", "RATE#")) for pk in places):
                seen.waited = True
                with suppress(BrokenBarrierError):
                    together.wait(20)
                    met.append(places[0])
            return write(store, change, *more, **named)

        return writing

    with pytest.MonkeyPatch.context() as patched:
        for name in ("commit", "write", "update"):
            patched.setattr(Store, name, held(getattr(Store, name)))
        yield met


@pytest.fixture
def admin(newcomer: Callable[..., str], sign_in: Any) -> Client:
    """An administrator of a tenant with a program of its own."""
    tenant = newcomer()
    assert sign_in(tenant).post("/api/v1/rewards/programs", THREE_FIELDS).status_code == 201
    client: Client = sign_in(tenant)
    return client


@pytest.mark.parametrize("name", CASES)
def test_of_two_changes_from_one_reading_none_is_lost_unseen(name: str, admin: Client, request: Any) -> None:
    case, made = CASES[name], {}
    if name == "program":  # a tenant has one
        request.getfixturevalue("newcomer")
        made = admin.get("/api/v1/rewards/programs").json()["data"][0]
    elif case.made:
        answer = admin.post(case.made[0], case.made[1])
        assert answer.status_code in (200, 201), answer.text
        made = answer.json()["data"]
    path = case.path.format_map(made)
    before = _read(admin, path)
    with both_have_read() as met, ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda body: admin.call("PATCH", path, json=body), case.changes))
    assert len(met) == 2, met
    assert {answer.status_code for answer in answers} <= {200, 409}, [answer.text for answer in answers]
    assert any(answer.status_code == 200 for answer in answers)
    after = _read(admin, path)
    for answer, body in zip(answers, case.changes, strict=True):
        if answer.status_code == 409:
            assert answer.json()["code"] == "version_conflict"
        for field, value in body.items():
            expected = value if answer.status_code == 200 else before[field]
            assert _shown(after[field]) == _shown(expected), (field, answers[0].text, answers[1].text)


def _read(client: Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def _shown(value: Any) -> Any:
    return {name: one for name, one in value.items() if one} if isinstance(value, dict) else value
