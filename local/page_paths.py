"""The front door's function that turns addresses of pages into files: `python -m local.page_paths` writes it.

It stands in template.yaml, where CloudFormation needs it, and is made of `portal/routes.json` and `portal/404.html`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

_CODE = """\
var ROUTES = {routes};
var MISSING = {missing};
function handler(event) {{
  var request = event.request;
  var segments = request.uri.slice(1).split('/');
  if (segments[segments.length - 1].indexOf('.') >= 0) return request;
  if (!Object.prototype.hasOwnProperty.call(ROUTES, segments[0])) {{
    return {{
      statusCode: 404, statusDescription: 'Not Found',
      headers: {{
        'content-type': {{value: 'text/html; charset=utf-8'}}, 'cache-control': {{value: 'no-store'}},
        'x-content-type-options': {{value: 'nosniff'}},
        'content-security-policy': {{value: "{policy}"}}
      }},
      body: {{encoding: 'text', data: MISSING}}
    }};
  }}
  request.uri = '/' + ROUTES[segments[0]];
  return request;
}}
"""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; frame-ancestors 'none'"
)
_PLACE = re.compile(r"(  PagePaths:\n(?:.*\n)*?      FunctionCode: \|\n)(?:        .*\n|\n)*")


def code(folder: Path = ROOT / "portal") -> str:
    routes = json.loads((folder / "routes.json").read_text(encoding="utf-8"))
    page = re.sub(r"\n\s*", "", (folder / "404.html").read_text(encoding="utf-8"))
    return _CODE.format(routes=json.dumps(routes), missing=json.dumps(page), policy=_POLICY)


def main() -> None:
    template = ROOT / "template.yaml"
    indented = "".join(f"        {line}\n" for line in code().splitlines())
    text, found = _PLACE.subn(lambda match: match[1] + indented + "\n", template.read_text(encoding="utf-8"))
    if found != 1:
        raise SystemExit("template.yaml has no PagePaths, or more than one")
    template.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
