"""The OpenAPI document and its interactive documentation: a page of ours around Swagger UI, without any other host.

Swagger UI's files stand beside the page in the function's package, where the build put them; from the source tree they
come from the installed package `flask-swagger-ui`, of which nothing else is used.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from .. import errors
from ..api import files
from ..api.request import Request
from ..api.styles import Raw

OPENAPI_MEDIA: Final = "application/vnd.oai.openapi+json"

PAGE: Final = "index.html"
ASSETS: Final = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
}
"""What the page may ask for; nothing else of the folder is served."""

_ASSET_SECONDS: Final = 3600
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Swagger UI's arrows are data URLs in its style sheet
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}


def openapi_schema(request: Request, document: Path) -> Raw:
    return files.serve_file(request, document, OPENAPI_MEDIA)


def documentation_page(request: Request, folder: Path) -> Raw:
    """The documentation's page, or, where the path names one, an asset of it. Raises `not_found`."""
    asset = request.path.get("asset")
    if asset is None:
        return files.serve_file(request, folder / PAGE, "text/html; charset=utf-8", headers=_HEADERS)
    if asset not in ASSETS:
        raise errors.NOT_FOUND()
    return files.serve_file(request, _file(folder, asset), ASSETS[asset], seconds=_ASSET_SECONDS)


def _file(folder: Path, asset: str) -> Path:
    ours = folder / asset
    if ours.exists():
        return ours
    package = find_spec("flask_swagger_ui")
    if package is None or package.origin is None:
        raise FileNotFoundError(f"{asset} is neither packed with the function nor installed")
    return Path(package.origin).with_name("dist") / asset
