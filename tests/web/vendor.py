"""Makes portal/vendor from the npm packages of tests/web/package-lock.json: `python -m tests.web.vendor`.

The pages have no build step: what is vendored is committed. The only change to a library is that its imports of the
others become relative, since browsers resolve bare names only with an import map, and ours allow no inline script.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(__file__).parent / "node_modules"
VENDOR = ROOT / "portal" / "vendor"

MODULES = {
    "preact.js": "preact/dist/preact.mjs",
    "hooks.js": "preact/hooks/dist/hooks.mjs",
    "signals-core.js": "@preact/signals-core/dist/signals-core.mjs",
    "signals.js": "@preact/signals/dist/signals.mjs",
    "htm.js": "htm/dist/htm.mjs",
    "jsqr.js": "jsqr/dist/jsQR.js",
}
FONTS = {
    "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "devanagari.woff2": (
        "@fontsource-variable/noto-sans-devanagari/files/noto-sans-devanagari-devanagari-wght-normal.woff2"
    ),
}
IMPORTS = {
    "preact": "./preact.js",
    "preact/hooks": "./hooks.js",
    "@preact/signals-core": "./signals-core.js",
}
ICONS = (
    *("arrow-down-left", "arrow-left", "arrow-right", "arrow-up-right", "badge-check", "ban", "bell", "building-2"),
    *(
        "calculator",
        "calendar",
        "camera",
        "check",
        "chevron-down",
        "chevron-left",
        "chevron-right",
        "circle",
        "circle-alert",
    ),
    *("circle-check", "circle-help", "clock", "cloud-off", "coins", "copy", "delete", "download", "ellipsis", "eye"),
    *("eye-off", "file-text", "flag", "flask-conical", "gift", "hand-coins", "history", "house", "info", "key-round"),
    *("languages", "layout-dashboard", "link", "lock", "log-out", "mail", "menu", "message-square", "monitor", "moon"),
    *("circle", "life-buoy", "megaphone", "star", "tag", "target", "ticket-check", "network", "list-checks", "siren"),
    *("palette", "pause", "pencil", "percent", "phone", "play", "plug", "plus", "printer", "qr-code", "receipt-text"),
    *("refresh-cw", "rotate-ccw", "scale", "scan-line", "search", "send", "settings", "share-2", "shield-check"),
    *("store", "sun", "trash-2", "trending-up", "triangle-alert", "undo-2", "upload", "user-plus", "user-round"),
    *("users", "wallet", "webhook", "wifi-off", "x", "activity", "chevron-up", "inbox", "shopping-bag", "file-up"),
    "landmark",
)


def vendored() -> dict[str, bytes]:
    """Name below portal/vendor -> content. Needs `npm ci --prefix tests/web`."""
    files = {name: _module(source) for name, source in MODULES.items()}
    files |= {name: (PACKAGES / source).read_bytes() for name, source in FONTS.items()}
    files["icons.svg"] = _icons().encode()
    files["LICENSES.txt"] = _licences().encode()
    return files


def _module(source: str) -> bytes:
    text = (PACKAGES / source).read_text()
    text = re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", text)
    return re.sub(r'from"([^"]+)"', lambda found: f'from"{IMPORTS[found[1]]}"', text).encode()


def _icons() -> str:
    symbols = []
    for name in ICONS:
        text = (PACKAGES / "lucide-static" / "icons" / f"{name}.svg").read_text()
        inner = re.sub(r"\s+", " ", text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner.replace(" />", "/>")}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _licences() -> str:
    packages = sorted({_package(source) for source in (*MODULES.values(), *FONTS.values())} | {"lucide-static"})
    parts = ["What this folder holds of others, and under which licences. Made by `python -m tests.web.vendor`.\n"]
    for package in packages:
        about = json.loads((PACKAGES / package / "package.json").read_text())
        licence = (PACKAGES / package / "LICENSE").read_text().strip()
        parts.append(f"{'-' * 80}\n{package} {about['version']} ({about['license']})\n\n{licence}\n")
    return "\n".join(parts)


def _package(source: str) -> str:
    parts = source.split("/")
    return "/".join(parts[:2] if source.startswith("@") else parts[:1])


def main() -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, content in vendored().items():
        (VENDOR / name).write_bytes(content)


if __name__ == "__main__":
    main()
