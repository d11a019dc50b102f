"""The command that makes, moves, suspends and lists tenants."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import json
from typing import Any

import pytest

from batua import clock
from batua.ledger.posting.shards import MonthLocation, load_shards, shards_to_open
from batua.store import keys
from batua.store.store import Contended, Store
from batua.store.writes import Update
from batua.tenants import admin, profile, tree
from tests.fakes.dynamodb import FakeDynamoDB
from tests.unit.tree_fixtures import (
    OPERATOR,
    give_program,
    store,  # noqa: F401 - fixtures
)

# The command.


@pytest.fixture
def command(store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setattr(admin, "store", lambda: store)

    def run(*words: str) -> tuple[int, str, str]:
        status = admin.tenants_main(list(words))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def test_the_command_makes_moves_suspends_and_lists(command: Any, store: Store) -> None:
    status, out, _ = command(
        "--json", "create", "parent", "Sitara Network", "--slug", "sitara", "--feature", "beta=off"
    )
    network = json.loads(out)
    assert (status, network["parent"]) == (0, OPERATOR)
    known = profile.load_profile(store, network["id"])
    assert known is not None
    assert known.features == {"beta": False}
    _, out, _ = command(
        "--json", "create", "merchant", "Kaveri", "--slug", "kaveri", "--parent", network["id"], "--product", "coins"
    )
    shop = json.loads(out)["id"]
    assert command("suspend", network["id"], "--why", "unpaid")[1] == "done; 1 tenants stand below, 1 of them changed\n"
    _, listing, _ = command("list")
    assert [line.split()[0] for line in listing.splitlines()] == [OPERATOR, network["id"], shop]
    assert f"stopped by {network['id']}" in listing
    assert command("resume", network["id"])[0] == 0
    assert command("move", shop, OPERATOR)[0] == 0
    assert command("settle", OPERATOR)[0] == 0
    assert json.loads(command("--json", "list", shop)[1])[0]["parent"] == OPERATOR


def test_the_command_shows_and_sets_over_how_many_shards_postings_spread(command: Any, store: Store) -> None:
    shop = json.loads(command("--json", "create", "merchant", "Kaveri", "--slug", "kaveri")[1])["id"]
    assert command("shards", shop)[1] == f"{shop}  1 shards, at least 1\n"
    set_ = json.loads(command("--json", "shards", shop, "--least", "16")[1])
    assert (set_["shards"], set_["least"]) == (16, 16)
    tenant = tree.load_tenant(store, shop)
    assert (tenant.shards, tenant.least_shards, clock.iso(tenant.scaled_at)) == (16, 16, set_["since"])
    # Fewer at the least: those there are stay, until postings find it quiet.
    assert "16 shards, at least 2, since" in command("shards", shop, "--least", "2")[1]
    assert "must be 1 to 64" in command("shards", shop, "--least", "65")[2]
    with pytest.raises(SystemExit):
        command("shards", shop, "--least", "0")


def test_the_command_opens_the_shards_of_this_month_and_the_next_and_divides_what_there_is(
    command: Any, store: Store
) -> None:
    shop = json.loads(command("--json", "create", "merchant", "Kaveri", "--slug", "kaveri")[1])["id"]
    program = give_program(store, shop)
    scope, month = keys.scope("live", program.owner), clock.local_month(clock.system(), program.time_zone)
    this_month, next_month = (
        MonthLocation.of(keys.month_key(scope, shop, 0, each)) for each in (month, clock.add_months(month, 1))
    )
    store.write(Update(this_month.key(0), add={"room": 900, "room_new": 1500}))
    assert command("shards", shop, "--least", "4")[0] == 0
    for place in (this_month, next_month):
        assert shards_to_open(load_shards(store, place), 1, 4) == []
    rooms = load_shards(store, this_month).values()
    assert (sum(each.room for each in rooms), sum(each.room_new for each in rooms)) == (900, 1500)
    assert all(each.room > 0 for each in rooms), "each takes redemptions at once"


def test_the_command_says_what_is_wrong(command: Any, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    command("create", "merchant", "Kaveri", "--slug", "kaveri")
    status, out, err = command("create", "merchant", "Kaveri", "--slug", "kaveri")
    assert (status, out) == (1, "")
    assert "slug" in err
    assert "slug: must be" in command("create", "merchant", "Kaveri", "--slug", "K")[2]
    for words in (
        ["move", "x", "y"],
        ["create", "shop", "A", "--slug", "abc"],
        ["create", "merchant", "A\n", "--slug", "a"],
    ):
        with pytest.raises(SystemExit):
            command(*words)

    def busy(*_: Any, **__: Any) -> None:
        raise Contended("x")

    monkeypatch.setattr(tree, "propagate", busy)
    assert command("settle", OPERATOR)[0] == 1


def test_the_command_needs_an_operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    empty = Store(FakeDynamoDB(), "ledger", "directory")
    monkeypatch.setattr(admin, "store", lambda: empty)
    assert admin.tenants_main(["list"]) == 1
    assert "bootstrap" in capsys.readouterr().err
