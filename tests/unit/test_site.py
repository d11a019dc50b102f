"""The site's reference has every operation; the local gateway shows what was built and nothing beside it."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

from local.guide import Guide
from local.server import Request, Response
from local.site.__main__ import gather, navigation
from local.site.reference import reference_pages

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = json.loads((ROOT / "functions/platform/openapi.json").read_text())
PAGES = reference_pages(DOCUMENT)


def test_every_operation_stands_once_in_the_reference_with_a_call_and_an_answer() -> None:
    text = "\n".join(PAGES.values())
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            anchor = f"{{ #{operation['operationId'].lower()} }}"
            assert text.count(anchor) == 1, anchor
            section = text.partition(anchor)[2].partition("\n## ")[0]
            assert section.count(f"`{method.upper()} {path}`") == 1
            assert '=== "curl"' in section
            assert '=== "Python"' in section
            assert "Answers **2" in section or "Answers **3" in section or not _succeeds(operation["responses"])


def _succeeds(responses: dict[str, object]) -> bool:
    return any(status.startswith("2") for status in responses)


def test_the_python_of_the_reference_is_python() -> None:
    for page in PAGES.values():
        for block in re.findall(r"```python\n(.*?)\n    ```", page, re.DOTALL):
            compile("\n".join(line[4:] for line in block.splitlines()), "reference", "exec")


def test_each_page_stands_once_in_the_navigation(tmp_path: Path) -> None:
    gather(tmp_path)
    sections = navigation(tmp_path)
    pages = [page for place in sections.values() for page in ([place] if isinstance(place, str) else place.values())]
    there = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.md")} - {"code-of-conduct.md"}
    there = {page for page in there if page == "decisions/README.md" or not page.startswith("decisions/")}
    assert sorted(pages) == sorted(there)


def test_anchors_of_the_reference_that_guides_name_are_there(tmp_path: Path) -> None:
    gather(tmp_path)
    for file in tmp_path.rglob("*.md"):
        for name, anchor in re.findall(r"reference/(\w+)\.md#([\w-]+)", file.read_text()):
            assert f"{{ #{anchor} }}" in PAGES[f"{name}.md"], f"{file.name}: {name}#{anchor}"


def asked(folder: Path, path: str, **headers: str) -> Response | None:
    sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Guide(folder, ROOT / "docs").page(Request("GET", path, sent, b"", "127.0.0.1"))


def test_the_gateway_shows_the_site_and_nothing_beside_it(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "secret.html").write_text("secret")
    empty = asked(site, "/guide/")
    assert empty is not None
    assert empty.status == 404
    assert b"make site" in (empty.body or b"")
    readable = re.findall(rb'"(/guide/[^"]+)"', empty.body or b"")
    assert readable
    for link in readable:
        text = asked(site, link.decode())
        assert text is not None
        assert (text.status, dict(text.headers)["Content-Type"]) == (200, "text/plain; charset=utf-8"), link
    code = asked(site, "/guide/../local/guide.py")
    assert code is not None
    assert code.status == 404
    (site / "index.html").write_text("home")
    (site / "404.html").write_text('<link href="/assets/guide.css"><a href="#top"></a><a href="//else.example/">')
    home = asked(site, "/guide/")
    assert home is not None
    assert (home.status, home.body) == (200, b"home")
    for path in ("/guide/../secret.html", "/guide/%2e%2e/secret.html", "/guide//etc/passwd"):
        outside = asked(site, path)
        assert outside is not None
        assert outside.status == 404
        # What the builder names from the top of the site lies under /guide/ here.
        assert outside.body == b'<link href="/guide/assets/guide.css"><a href="#top"></a><a href="//else.example/">'
    assert asked(site, "/api/v1/health") is None


def test_the_site_is_sent_compressed_and_not_again_while_it_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("coins " * 500)
    plain = asked(tmp_path, "/guide/")
    zipped = asked(tmp_path, "/guide/", accept_encoding="gzip, br")
    assert plain is not None
    assert zipped is not None
    headers = dict(zipped.headers)
    assert headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in dict(plain.headers)
    assert gzip.decompress(zipped.body or b"") == plain.body == b"coins " * 500
    again = asked(tmp_path, "/guide/", if_none_match=headers["ETag"])
    assert again is not None
    assert (again.status, again.body) == (304, b"")
    (tmp_path / "index.html").write_text("points")
    changed = asked(tmp_path, "/guide/", if_none_match=headers["ETag"])
    assert changed is not None
    assert (changed.status, changed.body) == (200, b"points")
