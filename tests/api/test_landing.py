"""What anyone may read: content, downloads, figures and status; edited by the operator, served without the tables."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from batua import clock
from batua.landing import documents
from batua.landing.metrics import publish_metrics
from batua.landing.resources import RESOURCES
from batua.store.store import Contended, Store, store
from local.host import LocalPlatform
from tests.acting import acting_as
from tests.api.conftest import Client
from tests.support_desk import SupportDesk, data, refused, support_desk

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = "/api/v1/landing"
EDIT = "/api/v1/landing-content"
FAQ = {"question": "Who pays for coins?", "answer": "The merchant who issues them.", "category": "Coins"}
QUOTE = {"quote": "It simply works.", "name": "Asha Rao", "organization": "Himal Stores", "consented": True}
READS = (
    "/api/v1/landing/faqs",
    "/api/v1/landing/metrics",
    "/api/v1/landing/resources",
    "/api/v1/landing/resources/python-client",
    "/api/v1/landing/status-check",
    "/api/v1/landing/testimonials",
)
INCIDENT = {
    "title": "Invoices are late",
    "impact": "minor",
    "components": ["prefund"],
    "message": "Invoices of today are sent an hour late.",
}


@pytest.fixture(scope="module")
def people(platform: LocalPlatform) -> SupportDesk:
    return support_desk(platform)


def test_the_operator_replaces_the_questions_and_anyone_reads_them_at_once(people: SupportDesk, anyone: Client) -> None:
    version = anyone.get(f"{PUBLIC}/faqs").json()["meta"]["version"]
    saved = data(people.lead.put(f"{EDIT}/faqs", {"items": [FAQ], "version": version}))
    answer = anyone.get(f"{PUBLIC}/faqs")
    assert data(answer) == [FAQ]
    assert answer.json()["meta"]["version"] == saved["version"] == version + 1


def test_a_stale_version_of_a_list_is_refused(people: SupportDesk) -> None:
    assert refused(people.lead.put(f"{EDIT}/faqs", {"items": [], "version": 999})) == (409, "version_conflict")


def test_testimonials_need_consent_which_is_not_published(people: SupportDesk, anyone: Client) -> None:
    without = {name: value for name, value in QUOTE.items() if name != "consented"}
    for wrong in (without, {**QUOTE, "consented": False}):
        answer = people.lead.put(f"{EDIT}/testimonials", {"items": [wrong]})
        assert refused(answer) == (400, "validation_error")
        assert "items.0.consented" in answer.json()["errors"]
    data(people.lead.put(f"{EDIT}/testimonials", {"items": [QUOTE]}))
    assert data(anyone.get(f"{PUBLIC}/testimonials")) == [without]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a\u202eb", "a\u0000b", "", "x" * 2001])
def test_text_that_could_act_on_a_page_is_refused(people: SupportDesk, text: str) -> None:
    answer = people.lead.put(f"{EDIT}/faqs", {"items": [{**FAQ, "answer": text}]})
    assert refused(answer) == (400, "validation_error")
    assert refused(people.agent.post(f"{EDIT}/incidents", {**INCIDENT, "message": text})) == (400, "validation_error")
    assert refused(people.agent.post(f"{EDIT}/incidents", {**INCIDENT, "title": text})) == (400, "validation_error")


EDITS = {
    "ReplaceFaqs": ("PUT", "/api/v1/landing-content/faqs"),
    "ReplaceTestimonials": ("PUT", "/api/v1/landing-content/testimonials"),
    "ReportIncident": ("POST", "/api/v1/landing-content/incidents"),
    "UpdateIncident": ("POST", f"/api/v1/landing-content/incidents/inc_{'0' * 26}/updates"),
    "RecordDoctorRun": ("POST", "/api/v1/landing-content/doctor-runs"),
}


@pytest.mark.parametrize("function", EDITS)
def test_only_the_operators_people_edit(people: SupportDesk, anyone: Client, function: str) -> None:
    method, route = EDITS[function]
    assert refused(anyone.call(method, route, json={})) == (401, "unauthenticated")
    assert refused(people.customer.call(method, route, json={})) == (403, "forbidden")
    if method == "PUT":
        assert refused(people.agent.call(method, route, json={})) == (403, "forbidden")


def test_an_incident_is_told_update_by_update_until_it_is_resolved(people: SupportDesk, anyone: Client) -> None:
    incident = data(people.agent.post(f"{EDIT}/incidents", INCIDENT), 201)
    place = f"{EDIT}/incidents/{incident['id']}/updates"
    shown = data(anyone.get(f"{PUBLIC}/status-check"))
    assert shown["incidents"][0]["id"] == incident["id"]
    assert {each["name"]: each["status"] for each in shown["components"]}["prefund"] == "degraded"
    update = {"state": "resolved", "message": "All invoices have been sent.", "version": 1}
    assert data(people.agent.post(place, update))["resolved_at"] is not None
    assert refused(people.agent.post(place, update)) == (409, "version_conflict")
    shown = data(anyone.get(f"{PUBLIC}/status-check"))
    assert [each["state"] for each in shown["incidents"][0]["updates"]] == ["resolved", "investigating"]
    assert {each["name"]: each["status"] for each in shown["components"]}["prefund"] != "degraded"


def test_an_incident_that_is_not_there_or_lies_elsewhere_in_time_is_refused(people: SupportDesk) -> None:
    update = {"state": "monitoring", "message": "Better now."}
    for id in (f"inc_{'0' * 26}", "nothing"):
        assert refused(people.agent.post(f"{EDIT}/incidents/{id}/updates", update)) == (404, "incident_not_found")
    for wrong in (
        {"started_at": "2020-01-01"},
        {"started_at": "soon"},
        {"state": "scheduled", "started_at": "2020-01-01"},
    ):
        answer = people.agent.post(f"{EDIT}/incidents", {**INCIDENT, **wrong})
        assert refused(answer) == (400, "validation_error")
        assert "started_at" in answer.json()["errors"]


def test_a_failed_check_of_the_doctor_counts_until_its_next_run(
    platform: LocalPlatform, people: SupportDesk, anyone: Client
) -> None:
    def status_after(outcome: str) -> str:
        run = {"checks": [{"name": "mail", "outcome": outcome}, {"name": "TLS", "outcome": "skipped"}]}
        data(people.agent.post(f"{EDIT}/doctor-runs", run))
        platform.runner.invoke("RefreshLanding", {})
        components = data(anyone.get(f"{PUBLIC}/status-check"))["components"]
        return str(next(each["status"] for each in components if each["name"] == "support"))

    assert status_after("failed") == "degraded"
    assert status_after("ok") == "operational"


@pytest.mark.parametrize("route", READS)
def test_a_public_answer_is_kept_at_the_edge_and_asked_for_by_its_tag(anyone: Client, route: str) -> None:
    first = anyone.get(route)
    assert first.status_code == 200
    assert "public" in first.headers["Cache-Control"]
    assert "python-client" in route or "stale-if-error=86400" in first.headers["Cache-Control"]
    again = anyone.get(route, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("route", READS)
def test_nothing_that_a_viewer_sends_gets_into_a_public_answer(anyone: Client, route: str) -> None:
    poison = "zx9poison"
    headers = {"X-Forwarded-Host": poison, "Host": "127.0.0.1", "Cookie": f"a={poison}", "Origin": f"https://{poison}"}
    answer = anyone.get(f"{route}?{poison}={poison}", headers=headers)
    assert answer.status_code == 200
    assert poison not in answer.text + json.dumps(dict(answer.headers))


@pytest.fixture
def no_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise Contended("no reply came")

    for call in ("read", "query", "write", "commit"):
        monkeypatch.setattr(Store, call, down)


def test_a_days_figures_are_counted_with_the_rights_of_the_job(platform: LocalPlatform) -> None:
    with acting_as("RefreshLanding"):
        assert publish_metrics(store(), clock.system() + 2 * clock.DAY_MS)


def test_public_answers_survive_the_tables_being_down_and_the_status_says_so(
    platform: LocalPlatform, anyone: Client, no_tables: None
) -> None:
    assert platform.runner.invoke("RefreshLanding", {}) == {
        "checks": True,
        "incidents": False,
        "content": False,
        "metrics": True,
    }
    for route in READS:
        assert anyone.get(route).status_code == 200
    shown = data(anyone.get(f"{PUBLIC}/status-check"))
    assert shown["status"] == "outage"
    assert {each["status"] for each in shown["components"]} == {"outage"}


def test_what_was_read_before_is_served_while_s3_is_down(anyone: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import EndpointConnectionError

    before = data(anyone.get(f"{PUBLIC}/faqs"))

    class Down:
        def get_object(self, **_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="s3")

    monkeypatch.setattr(documents, "client", lambda _: Down())
    assert data(anyone.get(f"{PUBLIC}/faqs")) == before
    monkeypatch.setattr(documents, "_last", {})
    answer = anyone.get(f"{PUBLIC}/faqs")
    assert refused(answer) == (503, "service_unavailable")
    assert answer.headers["Retry-After"] == "5"


def test_downloads_are_the_files_of_the_repository_with_their_checksums(anyone: Client) -> None:
    listed = data(anyone.get(f"{PUBLIC}/resources"))
    assert [each["id"] for each in listed] == [each.id for each in RESOURCES]
    for shown, resource in zip(listed, RESOURCES, strict=True):
        content = anyone.get(shown["url"])
        assert content.content == (ROOT / resource.file).read_bytes()
        assert hashlib.sha256(content.content).hexdigest() == shown["sha256"]
        assert len(content.content) == shown["size"]
        assert content.headers["Content-Disposition"] == f'attachment; filename="{shown["file_name"]}"'
    for unknown in ("nothing", "..%2F..%2Ftemplate.yaml"):
        assert anyone.get(f"{PUBLIC}/resources/{unknown}").status_code == 404


def test_figures_of_a_small_platform_are_withheld_not_invented(anyone: Client) -> None:
    shown = data(anyone.get(f"{PUBLIC}/metrics"))
    assert shown["as_of"] is not None
    assert shown["transactions"] is None or shown["transactions"] % 10 == 0
    assert set(shown["withheld"]) == {name for name in ("issues", "redemptions", "transactions") if shown[name] is None}


def test_the_doctor_tells_the_status_page_what_it_found(
    platform: LocalPlatform, people: SupportDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    from local.doctor.__main__ import main

    def sign_in(deployment: Any) -> str:
        deployment.token = people.agent.headers["Authorization"].removeprefix("Bearer ")
        return "signed in"

    assert main(["--url", platform.url, "--report"], {"signing in": sign_in}) == 0
    assert "told the status page" in capsys.readouterr().out
