"""The platform, as `make run` starts it, on a free port of this machine; once for all tests of the API."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import requests

from batua.identity import throttle
from local.host import LocalPlatform
from tests.api.auth_fixtures import device, lasting, new_person, person, person_hash  # noqa: F401 - fixtures of all files here
from tests.cheap_passwords import cheap_passwords
from tests.connections import connections

_numbers = itertools.count(10_000_000 + os.getpid() % 1_000 * 10_000)


@dataclass(frozen=True)
class Client:
    """Talks to the platform with one credential."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    auth: tuple[str, str] | None = None

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        return connections().request(method, self.url + path, headers=headers, auth=self.auth, timeout=60, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.call("POST", path, json=body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.call("PUT", path, json=body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.call("PATCH", path, json=body, **more)

    def at(self, moment: str) -> Client:
        """The same client at another time of the sandbox."""
        return Client(self.url, {**self.headers, "X-Test-Clock": moment}, self.auth)


@pytest.fixture(scope="package")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlatform]:
    os.environ.setdefault("LOG_LEVEL", "ERROR")  # a line per request would bury what failed
    credentials = tmp_path_factory.mktemp("local") / "credentials.json"
    with cheap_passwords(), LocalPlatform(credentials=credentials) as running:
        yield running


@pytest.fixture(autouse=True)
def refusals_are_not_limited(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests come from one address and share few credentials: each would be limited by what others were refused."""
    if request.module.__name__.rpartition(".")[2] != "test_refusal_limits":
        monkeypatch.setattr("batua.api.limits.REFUSED_PER_MINUTE", 1_000_000)
        monkeypatch.setattr("batua.api.limits.STRANGERS_PER_MINUTE", 1_000_000)


@pytest.fixture(autouse=True, scope="module")
def actors_leave(platform: Any) -> Iterator[None]:
    """People of one module are not notified of what the next ones do: the queue of notices would fall behind."""
    yield
    if isinstance(platform, LocalPlatform):
        from tests.prefunds import dismiss_actors  # it needs this module's Client

        dismiss_actors()


@pytest.fixture(autouse=True)
def roles_suffice(platform: Any) -> Iterator[None]:
    """A function may do what its role grants, and nothing else: also where it goes on after a denial."""
    if not isinstance(platform, LocalPlatform):  # one in a process of its own: `served` looks at its log
        yield
        return
    denials = platform.embedded_aws.authorizer.denials
    before = len(denials)
    yield
    if found := list(denials)[before:]:
        pytest.fail("\n".join(["AWS would have denied this:", *found]), pytrace=False)


@pytest.fixture(scope="package", autouse=True)
def delays_outlast_the_tests() -> Iterator[None]:
    """A delay begins with a second, and on a busy machine a second is over before the next request is made."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ACCOUNT", "DEVICE", "SECOND_FACTOR"):
            policy: throttle.Policy = getattr(throttle, name)
            patch.setattr(throttle, name, replace(policy, first=policy.longest))
        yield


@pytest.fixture(scope="package")
def credentials(platform: LocalPlatform) -> dict[str, Any]:
    """What the seed has planted. Its people's tokens last for the whole run."""
    content: dict[str, Any] = json.loads(platform.credentials.read_text())
    for known in content.values():
        if isinstance(known, dict):
            known |= {name: lasting(known[name]) for name in ("token", "proof") if name in known}
    return content


@pytest.fixture(scope="package")
def keyed(platform: LocalPlatform, credentials: dict[str, Any]) -> Any:
    """`keyed("merchant_live_key")`: a client with that API key."""

    def client(name: str) -> Client:
        return Client(platform.url, {"Authorization": f"Bearer {credentials[name]}"})

    return client


@pytest.fixture(scope="package")
def live(keyed: Any) -> Client:
    """The counter of a merchant of a network."""
    client: Client = keyed("merchant_live_key")
    return client


@pytest.fixture(scope="package")
def sandbox(keyed: Any) -> Client:
    """The same merchant's sandbox."""
    client: Client = keyed("merchant_test_key")
    return client


@pytest.fixture(scope="package")
def application(platform: LocalPlatform, credentials: dict[str, Any]) -> Client:
    rehook = credentials["rehook"]
    return Client(platform.url, auth=(rehook["username"], rehook["password"]))


@pytest.fixture(scope="package")
def anyone(platform: LocalPlatform) -> Client:
    return Client(platform.url)


@pytest.fixture
def phone() -> str:
    """A phone number that nobody has used here."""
    return f"+9199{next(_numbers) % 10**8:08d}"


@pytest.fixture(scope="package")
def scope(credentials: dict[str, Any]) -> str:
    """Where the live value of the first merchant's network stands."""
    import jwt

    claims = jwt.decode(credentials["merchant_live_key"], options={"verify_signature": False})
    return f"L#{claims['own']}"
