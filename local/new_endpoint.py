"""`make new-endpoint D=rewards F=redeem_reward ROUTE="POST /api/v1/rewards/{id}/redeem"`: the files of an endpoint.

Writes the handler, its models and use case, its template entry with a role of its own, its sample event and its test,
in the form of this repository. What they do is left to you: CONTRIBUTING.md, «Add an endpoint», says what comes next.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from local.host import ROOT

_FUNCTION = re.compile(r"[a-z]+(?:_[a-z]+)+")
_ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/\S*)")

_MODULE = '''"""TODO_SUMMARY"""

from __future__ import annotations

from ..api.endpoint import Call
from ..api.models import Model


class {model}(Model):
    """What the route takes."""


class {model}Result(Model):
    """What the route answers."""

    tenant_id: str


def {function}(call: Call[{model}]) -> {model}Result:
    """TODO_SUMMARY"""
    return {model}Result(tenant_id=call.caller.tenant.id)
'''

_HANDLER = '''"""{method} {path}"""

{imports}


@endpoint(
    "{method}",
    "{path}",
    caller=user_caller(),
    request={model},
    response={model}Result,{parameters}
)
def handler(call: Call[{model}]) -> {model}Result:
    """TODO_SUMMARY"""
    return {function}(call)
'''

_RESOURCE = """
  {id}:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile}}
    Properties:
      Handler: {function}.handler
      LoggingConfig: {{LogGroup: !Ref {id}Logs}}
      Events:
        Http:
          Type: HttpApi
          Properties: {{ApiId: !Ref {api}, Method: {method}, Path: {path}}}
      Policies:
        - !Ref {caller}
  {id}Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /batua/${{Stage}}/{domain}/{function}
      RetentionInDays: !Ref LogRetention
"""

_TEST = '''"""{method} {path}"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from tests.api.signed_in import SignedIn, admin, signed_in  # noqa: F401


def test_{function}_answers_its_own_tenant(admin: SignedIn) -> None:
    answer = admin.call("{method}", "{path}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["tenant_id"] == admin.tenant
'''


class UnusableRouteError(Exception):
    """The endpoint can't be written; the message is for the person at the terminal."""


def write_endpoint(root: Path, domain: str, function: str, route: str, package: str | None = None) -> list[Path]:
    """Writes the files and returns them. Raises `UnusableRouteError`, having written nothing."""
    folder, package = root / "functions" / domain, package or domain
    matched = _ROUTE.fullmatch(route)
    if not _FUNCTION.fullmatch(function):
        raise UnusableRouteError(f"F={function} must be <verb>_<noun> in lower case, such as redeem_reward")
    if not matched:
        raise UnusableRouteError(f'ROUTE="{route}" must be a method and a path, such as "POST /api/v1/rewards"')
    if not (folder / "template.yaml").is_file():
        raise UnusableRouteError(f"D={domain} has no functions/{domain}/template.yaml; see «Add a domain»")
    method, path = matched.groups()
    model = "".join(part.capitalize() for part in function.split("_"))
    template = (folder / "template.yaml").read_text()
    names = re.findall(r"^  (\w+):\n    Type: AWS::Serverless::HttpApi", template, re.M)
    callers = re.findall(r"^  (\w+Caller):", template, re.M)
    if not names or not callers:
        raise UnusableRouteError(f"functions/{domain}/template.yaml has no HTTP API or no <Domain>Caller policy")
    imports = (
        "from batua.api.endpoint import Call, endpoint",
        "from batua.identity.caller import user_caller",
        f"from batua.{package}.{function} import {model}, {model}Result, {function}",
    )
    described = "".join(f'"{name}": "TODO_PARAMETER", ' for name in re.findall(r"\{(\w+)\}", path)).rstrip(", ")
    values = {
        "domain": domain,
        "package": package,
        "function": function,
        "model": model,
        "id": model,
        "method": method,
        "path": path,
        "api": names[0],
        "caller": callers[0],
        "imports": "\n".join(sorted(imports)),
        "parameters": f"\n    parameters={{{described}}}," if described else "",
    }
    files = {
        folder / f"{function}.py": _HANDLER.format(**values),
        root / "layers/core/batua" / package / f"{function}.py": _MODULE.format(**values),
        root / "events" / domain / f"{function}.json": json.dumps(_event(function, method, path), indent=2) + "\n",
        root / "tests/api" / f"test_{function}.py": _TEST.format(**values),
    }
    there = [file for file in files if file.exists()]
    if there:
        raise UnusableRouteError(f"{there[0].relative_to(root)} is there already")
    quoted = {**values, "path": f'"{path}"' if "{" in path else path}
    head, outputs, tail = template.partition("\nOutputs:")
    files[folder / "template.yaml"] = head.rstrip("\n") + "\n" + _RESOURCE.format(**quoted) + outputs + tail
    marker = root / "layers/core/batua" / package / "__init__.py"
    if not marker.exists():
        files[marker] = '"""TODO_SUMMARY"""\n'
    for file, content in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return list(files)


def _event(function: str, method: str, path: str) -> dict[str, object]:
    headers = {
        "accept": "application/json",
        "authorization": "Bearer ${tenant_admin.token}",
        "host": "127.0.0.1:3000",
        "user-agent": "curl/8.5.0",
        "x-request-id": f"sample-{function.replace('_', '-')}",
    }
    named = {name: f"TODO_{name.upper()}" for name in re.findall(r"\{(\w+)\}", path)}
    raw = re.sub(r"\{(\w+)\}", lambda found: named[found[1]], path)
    http = {"method": method, "path": raw, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "curl/8.5.0"}
    event: dict[str, object] = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": raw,
        "rawQueryString": "",
        "headers": headers | ({} if method in ("GET", "DELETE") else {"content-type": "application/json"}),
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": "127.0.0.1",
            "domainPrefix": "127",
            "http": http,
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "routeKey": f"{method} {path}",
            "stage": "$default",
            "time": "21/Nov/2026:09:30:00 +0000",
            "timeEpoch": 1795253400000,
        },
        "isBase64Encoded": False,
    }
    body = {} if method in ("GET", "DELETE") else {"body": "{}"}
    return event | body | ({"pathParameters": named} if named else {})


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make new-endpoint", description=__doc__)
    parser.add_argument("domain", help="a folder of functions/")
    parser.add_argument("function", help="<verb>_<noun>, unique over all domains")
    parser.add_argument("route", help="method and path")
    parser.add_argument("--package", help="a package of the library other than the domain's own")
    asked = parser.parse_args(arguments)
    try:
        files = write_endpoint(ROOT, asked.domain, asked.function, asked.route, asked.package)
    except UnusableRouteError as fault:
        print(fault, file=sys.stderr)
        return 2
    for file in files:
        print(f"written: {file.relative_to(ROOT)}")
    print("Next: replace every TODO_… in these files, then `make docs` and `make test ARGS=...` (see CONTRIBUTING.md).")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
