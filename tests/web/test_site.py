"""The portal's files without a browser: addresses, headers, catalogues, what is vendored, and the front door's copy."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import requests
import yaml

from batua import errors
from batua.platform import bundles, site
from local import page_paths
from local.portal import HEADERS
from tests.served import Served
from tests.web import preloads, vendor

ROOT = Path(__file__).resolve().parents[2]
PORTAL = ROOT / "portal"
LANGUAGES = ("en", "hi")
PACKAGES = vendor.PACKAGES


class _Template(yaml.SafeLoader):
    """Reads CloudFormation's short forms as what stands after them."""


def _plain(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    return loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else None


_Template.add_multi_constructor("!", _plain)
RESOURCES = yaml.load((ROOT / "template.yaml").read_text(), _Template)["Resources"]  # noqa: S506 - a SafeLoader


def test_every_page_is_served_with_the_policy_of_pages(platform: Served) -> None:
    for segment, name in site.read_routes(PORTAL).items():
        response = requests.get(f"{platform.url}/{segment}", timeout=60)
        assert response.status_code == 200, segment
        assert response.content == (PORTAL / name).read_bytes()
        for header, value in HEADERS:
            assert response.headers[header] == value
        assert response.headers["cache-control"] == "no-cache"


def test_pages_and_scripts_hold_no_inline_code_and_no_other_host() -> None:
    for page in PORTAL.glob("*.html"):
        text = page.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text), page.name
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text), page.name
    for file in PORTAL.rglob("*.css"):
        assert not re.search(r"(?:https?:)?//", re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)), file.name


def test_an_unknown_page_gets_the_404_page_and_an_unknown_api_path_the_apis_answer(platform: Served) -> None:
    page = requests.get(f"{platform.url}/no-such-page", timeout=60)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "doesn’t exist" in page.content.decode()
    assert requests.get(f"{platform.url}/style/none.css", timeout=60).status_code == 404
    for path in ("/api/none", "/gateway/none", "/webhooks/none", "/.well-known/none", "/local/none"):
        answer = requests.get(platform.url + path, timeout=60)
        assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"}), path
    answer = requests.post(f"{platform.url}/sign-in", timeout=60)
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


def test_a_file_outside_the_folder_is_never_served(platform: Served) -> None:
    for path in ("/../README.md", "/..%2fREADME.md", "/style/../../README.md", "/routes.json", "/Makefile"):
        prepared = requests.Request("GET", platform.url).prepare()
        prepared.url = platform.url + path
        with requests.Session() as session:
            assert session.send(prepared, timeout=60).status_code == 404, path


def test_an_unchanged_file_is_not_sent_again_and_text_is_compressed(platform: Served) -> None:
    first = requests.get(f"{platform.url}/style/base.css", timeout=60)
    assert first.headers["content-encoding"] == "gzip"
    again = requests.get(f"{platform.url}/style/base.css", headers={"If-None-Match": first.headers["etag"]}, timeout=60)
    assert (again.status_code, again.content) == (304, b"")


def test_the_front_door_sends_the_headers_that_the_local_gateway_sends() -> None:
    config = RESOURCES["PageHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    policy = config["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    ours = dict(HEADERS)
    # In a deployment, signed links lead to the bucket of files; on one machine, back to this host.
    assert policy.replace(" https://${FilesBucket.RegionalDomainName}", "").strip() == ours["Content-Security-Policy"]
    for item in config["CustomHeadersConfig"]["Items"]:
        assert ours[item["Header"]] == item["Value"]


def test_the_front_door_knows_the_pages_and_the_404_page() -> None:
    written = RESOURCES["PagePaths"]["Properties"]["FunctionCode"]
    assert written.strip() == page_paths.code().strip(), "run make docs"
    assert len(written) < 10_240, "CloudFront takes functions of at most 10 KB"


@pytest.mark.skipif(shutil.which("node") is None, reason="NO NODE: the front door's function is not tried")
def test_the_front_door_finds_the_file_that_the_local_gateway_finds() -> None:
    paths = ["/", "/counter", "/counter/x", "/sign-in", "/nope", "/constructor", "/style/base.css", "/sw.js"]
    script = (
        f"{page_paths.code()}\nconst uris = {json.dumps(paths)};"
        "console.log(JSON.stringify(uris.map((uri) => { const r = handler({request: {uri}});"
        " return r.statusCode ? '404.html' : r.uri.slice(1); })))"
    )
    found = subprocess.run(["node", "-e", script], check=True, capture_output=True, text=True).stdout
    assert json.loads(found) == [site.file_of(path, site.read_routes(PORTAL)) for path in paths]


@pytest.mark.skipif(shutil.which("node") is None, reason="NO NODE: scripts are not parsed")
def test_scripts_are_whole_and_keep_their_lines_without_their_comments(tmp_path: Path) -> None:
    files = site.read_files(PORTAL)
    joined = preloads.homes()
    for name, file in files.items():
        if name.endswith(".js") and not name.startswith("vendor/") and name not in site.WORKERS:
            if name not in joined and (PORTAL / name).exists():
                assert file.body.count(b"\n") == (PORTAL / name).read_bytes().count(b"\n"), name
            (tmp_path / name.replace("/", "+")).write_bytes(file.body)
    # One process parses them all as modules.
    parse = """for (const identifier of fs.readdirSync('.')) {
      new vm.SourceTextModule(fs.readFileSync(identifier, 'utf8'), { identifier });
    }"""
    command = ["node", "--no-warnings", "--experimental-vm-modules", "--eval", parse]
    subprocess.run(command, check=True, cwd=tmp_path)


def test_the_service_worker_changes_with_every_file(tmp_path: Path) -> None:
    shutil.copytree(PORTAL, tmp_path / "portal")
    before = site.read_files(tmp_path / "portal")
    (tmp_path / "portal" / "style" / "base.css").write_text("body { color: red }")
    after = site.read_files(tmp_path / "portal")
    assert all(after[worker].digest != before[worker].digest for worker in site.WORKERS)


@pytest.mark.skipif(not PACKAGES.is_dir(), reason="NO NPM PACKAGES: what is vendored is not compared")
def test_what_is_vendored_is_what_npm_has() -> None:
    for name, content in vendor.vendored().items():
        assert (PORTAL / "vendor" / name).read_bytes() == content, f"{name}: run python -m tests.web.vendor"
    assert {path.name for path in (PORTAL / "vendor").iterdir()} == set(vendor.vendored())


def _messages(language: str) -> dict[str, dict[str, str]]:
    """Area -> key -> text; plural forms are joined."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted((PORTAL / "messages" / language).glob("*.js")):
        entries = re.findall(r"^  '([^']+)': (.+),$", file.read_text(), re.MULTILINE)
        lines = [line for line in file.read_text().splitlines() if line.startswith("  '")]
        assert len(entries) == len(lines), file
        assert len({key for key, _ in entries}) == len(entries), f"{file}: a key stands twice"
        found[file.stem] = dict(entries)
    return found


def test_every_message_is_there_in_every_language_with_the_same_places() -> None:
    english, hindi = map(_messages, LANGUAGES)
    assert {area: set(keys) for area, keys in english.items()} == {area: set(keys) for area, keys in hindi.items()}
    for area, messages in english.items():
        for key, text in messages.items():
            places = set(re.findall(r"\{(\w+)\}", text.removeprefix("{")))
            assert places == set(re.findall(r"\{(\w+)\}", hindi[area][key].removeprefix("{"))), key


def test_what_the_pages_know_of_joined_catalogues_is_what_is_joined() -> None:
    (known,) = re.findall(r"^const JOINED = (\{.+\});$", (PORTAL / "lib/i18n.js").read_text(), re.MULTILINE)
    areas = json.loads(re.sub(r"(\w+):", r'"\1":', known).replace("'", '"'))
    joined = {name: files for name, files in bundles.read_bundles(PORTAL).items() if name.startswith("messages/")}
    assert joined == {
        f"messages/{language}/{name}.js": [f"messages/{language}/{area}.js" for area in areas[name]]
        for name in areas
        for language in LANGUAGES
    }


def test_the_audit_trail_has_words_for_codes_that_there_are() -> None:
    codes = set(errors.CATALOGUE)
    of_its_own = {
        "code_required",
        "failed",
        "limit_reached",
        "not_active",
        "ok",
        "outside_networks",
        "reused",
        "success",
        "wrong_code",
    }
    named = {key.removeprefix("audit.outcome.") for key in _messages("en")["audit"] if key.startswith("audit.outcome.")}
    assert {"insufficient_balance", "no_rule_matches", "reauthentication_required", *of_its_own} <= named
    assert named - of_its_own <= codes


def test_every_message_that_a_script_names_is_in_a_catalogue() -> None:
    known = {key for messages in _messages("en").values() for key in messages}
    prefixes = tuple(known)
    for file in PORTAL.rglob("*.js"):
        if "vendor" in file.parts or "messages" in file.parts:
            continue
        for key in re.findall(r"\bt\('([^']+)'", file.read_text()):
            assert key in known, f"{file.name}: {key}"
        for start in re.findall(r"\bt\(`([^`$]+)\$\{", file.read_text()):
            assert any(key.startswith(start) for key in prefixes), f"{file.name}: {start}"


@pytest.mark.parametrize("page", preloads.PAGES)
def test_a_page_names_the_scripts_that_it_opens_with(page: str) -> None:
    assert preloads.with_preloads(page) == (PORTAL / page).read_text(), "run python -m tests.web.preloads"


def test_no_other_page_loads_what_is_bundled_for_the_counter() -> None:
    assert "bundle/session.js" in preloads.reached("pages/account.js")
    for start in ("pages/account.js", "my/main.js"):
        assert not {"bundle/counter.js", "bundle/frame.js"} & set(preloads.reached(start)), start


def test_the_counters_form_imports_neither_the_queue_nor_what_comes_after_the_number() -> None:
    opened = set(preloads.reached("app/start.js", "counter/counter.js"))
    assert {"bundle/frame.js", "bundle/counter.js"} <= opened
    assert not {"bundle/queue.js", "bundle/steps.js", "bundle/forms.js"} & opened


def test_what_starts_a_page_starts_no_other() -> None:
    """A bundle runs all that it holds: a start among it would start its page on every other that loads the bundle."""
    joined = preloads.homes()
    pages = {page.name: page.read_text() for page in PORTAL.glob("*.html")}
    starts = {name for text in pages.values() for name in re.findall(r'<script type="module" src="/([^"]+)"', text)}
    assert starts == {"bundle/frame.js", "my/main.js", "pages/account.js", "pages/design.js"}
    assert not starts & set(joined)
    # The portal's is in a bundle, for one file less on the way: it looks at the page that it is in.
    assert "if (document.documentElement.dataset.page === 'portal') start();" in (PORTAL / "app/start.js").read_text()
    assert [name for name, text in pages.items() if 'data-page="portal"' in text] == ["index.html"]
