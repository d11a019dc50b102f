"""Teams of the operator's staff: who is in them, and whose tickets come to them when they are opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import Field

from .. import errors, ids
from ..api.endpoint import Call
from ..api.models import Model, Text
from ..identity import users
from ..identity.roles import permissions
from ..store import support_keys as keys
from ..store.store import Record, Store, commit_unless_changed
from ..store.versions import load_versioned, require_version
from ..tenants.audit_entries import tenant_audit_entry
from .canned import require_support_staff
from .models import TeamId, TypedId
from .states import TicketCategory

MAX_TEAMS: Final = 50


@dataclass(frozen=True, slots=True)
class SupportTeam:
    id: str
    name: str
    members: tuple[str, ...]
    categories: tuple[str, ...] = ()


class TeamContent(Model):
    id: TeamId
    name: Text = Field(examples=["Payments"])
    members: list[TypedId] = Field(
        max_length=100,
        description="Active members of the operator's staff.",
        examples=[["usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"]],
    )
    categories: list[TicketCategory] = Field(
        default=[],
        max_length=8,
        description="New tickets of these categories come to this team; each category to one team at most.",
        examples=[["prefund", "billing"]],
    )


class ReplaceTeams(Model):
    teams: list[TeamContent] = Field(max_length=MAX_TEAMS)
    version: int | None = Field(None, ge=0, description="As read: refused if they have changed since.", examples=[0])


class TeamsOut(Model):
    teams: list[TeamContent]
    version: int = Field(examples=[1])


def read_teams(call: Call[None]) -> TeamsOut:
    require_support_staff(call)
    key = keys.support_teams_key()
    return _teams_out(call.store.read([key])[key])


def replace_teams(call: Call[ReplaceTeams]) -> TeamsOut:
    """Replaces all teams. Tickets keep the team that they are with, also one that is no more."""
    require_support_staff(call)
    given, before = call.input, load_versioned(call.store, keys.support_teams_key())
    require_version(before, given.version)
    _require_distinct(given.teams)
    _require_staff(call, given.teams)
    put = before.replacement({"teams": [_team_item(team) for team in given.teams]})
    act = tenant_audit_entry(call, "support teams replaced", "teams", {"teams": [team.id for team in given.teams]})
    commit_unless_changed(call.store, [put, act], caller=call.request.id)
    return _teams_out({"pk": put.key.pk, "sk": put.key.sk, **put.item})


def load_teams(store: Store) -> Mapping[str, SupportTeam]:
    key = keys.support_teams_key()
    return _read_teams(store.read([key])[key])


def team_for_category(teams: Mapping[str, SupportTeam], category: str) -> str | None:
    """The team that new tickets of a category come to."""
    return next((team.id for team in teams.values() if category in team.categories), None)


def _require_distinct(teams: Sequence[TeamContent]) -> None:
    ids_seen, categories_seen = set[str](), set[str]()
    for number, team in enumerate(teams):
        if team.id in ids_seen:
            raise errors.invalid(f"teams.{number}.id", f"{team.id} is repeated")
        if twice := categories_seen.intersection(team.categories):
            raise errors.invalid(f"teams.{number}.categories", f"{min(twice)} is already assigned to another team")
        ids_seen.add(team.id)
        categories_seen.update(team.categories)


def _require_staff(call: Call[Any], teams: Sequence[TeamContent]) -> None:
    staff = {
        user.id
        for user in users.list_tenant_users(call.store, call.caller.tenant.id)
        if user.status == "active" and "platform:review" in permissions(user.roles)
    }
    for number, team in enumerate(teams):
        for member in team.members:
            if not ids.is_id(member, "usr") or member not in staff:
                raise errors.invalid(f"teams.{number}.members", f"{member[:40]} is not an active member of the staff")


def _team_item(team: TeamContent) -> dict[str, Any]:
    return {
        "id": team.id,
        "name": team.name,
        "members": list(dict.fromkeys(team.members)),
        "cats": list(dict.fromkeys(team.categories)),
    }


def _read_teams(record: Record | None) -> dict[str, SupportTeam]:
    found = record["teams"] if record else []
    return {
        each["id"]: SupportTeam(each["id"], each["name"], tuple(each["members"]), tuple(each["cats"])) for each in found
    }


def _teams_out(record: Record | None) -> TeamsOut:
    shown = [
        {"id": team.id, "name": team.name, "members": team.members, "categories": team.categories}
        for team in _read_teams(record).values()
    ]
    return TeamsOut.model_validate({"teams": shown, "version": record["version"] if record else 0})
