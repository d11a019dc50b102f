"""Downloads: client scripts, add-ons and guides, packed with the function as they are in the repository."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from .. import __version__, errors
from ..api import files
from ..api.endpoint import Call
from ..api.styles import Raw, Reply
from .documents import EDGE_SECONDS, public_reply
from .models import ResourceOut

_SOURCE: Final = Path(__file__).parents[4]
"""The repository, where the library runs from its source tree."""

_MEDIA: Final = {
    ".py": "text/x-python",
    ".php": "application/x-php",
    ".mjs": "text/javascript",
    ".tdl": "text/plain",
    ".md": "text/markdown",
}


@dataclass(frozen=True, slots=True)
class _Resource:
    id: str
    kind: Literal["client", "add-on", "guide"]
    file: str
    title: str
    description: str


RESOURCES: Final = (
    _Resource(
        "python-client",
        "client",
        "integrations/python/batua.py",
        "Client for Python",
        "One file without dependencies: issue, redeem and read balances from Python.",
    ),
    _Resource(
        "php-client",
        "client",
        "integrations/php/Batua.php",
        "Client for PHP",
        "One file for shops and billing systems that are written in PHP.",
    ),
    _Resource(
        "node-client",
        "client",
        "integrations/node/batua.mjs",
        "Client for Node.js",
        "One module without dependencies for Node.js and compatible runtimes.",
    ),
    _Resource(
        "tally-add-on",
        "add-on",
        "integrations/tally/batua.tdl",
        "Add-on for TallyPrime",
        "Sends sales vouchers to Batua, so that customers get their coins.",
    ),
    _Resource(
        "billing-systems-guide",
        "guide",
        "integrations/billing-systems.md",
        "Connect a billing system",
        "How any point of sale or billing system sends its bills.",
    ),
    _Resource(
        "shopify-guide", "guide", "integrations/shopify.md", "Connect Shopify", "Reward the orders of a Shopify shop."
    ),
    _Resource(
        "woocommerce-guide",
        "guide",
        "integrations/woocommerce.md",
        "Connect WooCommerce",
        "Reward the orders of a WooCommerce shop.",
    ),
    _Resource(
        "counter-guide", "guide", "docs/guides/counter.md", "At the counter", "Issue and redeem coins, day by day."
    ),
)


def list_resources(call: Call[Any], folder: Path) -> Reply | Raw:
    """`folder`: where the build has put the files."""
    return public_reply(call.request, [_resource_response(each, folder) for each in RESOURCES])


def download_resource(call: Call[Any], folder: Path) -> Raw:
    """The file as it is in the repository. Raises `not_found`."""
    resource = next((each for each in RESOURCES if each.id == call.path["id"]), None)
    if resource is None:
        raise errors.NOT_FOUND()
    path = _path(resource, folder)
    headers = {"Content-Disposition": f'attachment; filename="{path.name}"'}
    return files.serve_file(call.request, path, f"{_media(path)}; charset=utf-8", seconds=EDGE_SECONDS, headers=headers)


def _resource_response(resource: _Resource, folder: Path) -> ResourceOut:
    path = _path(resource, folder)
    size, digest = _measured(path)
    return ResourceOut(
        id=resource.id,
        title=resource.title,
        description=resource.description,
        kind=resource.kind,
        version=__version__,
        file_name=path.name,
        media_type=_media(path),
        size=size,
        sha256=digest,
        url=f"/api/v1/landing/resources/{resource.id}",
    )


def _path(resource: _Resource, folder: Path) -> Path:
    packed = folder / resource.file
    return packed if packed.exists() else _SOURCE / resource.file


def _media(path: Path) -> str:
    return _MEDIA[path.suffix]


@lru_cache(maxsize=32)
def _measured(path: Path) -> tuple[int, str]:
    content = path.read_bytes()
    return len(content), hashlib.sha256(content).hexdigest()
