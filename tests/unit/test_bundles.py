"""Modules are joined so that each still runs once, under names of its own, and exports what it did."""

from __future__ import annotations

import json
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

from batua.platform import bundles

MODULES = {
    "lib/words.js": """
        const own = 'word';
        export const word = own;
        export function twice(text) { return text + text; }
    """,
    "vendor/tiny.js": (
        """import{word as n}from"../lib/words.js";export{twice}from"../lib/words.js";"""
        """var t=n+'!';export{t as loud};export default function(){return t}"""
    ),
    "app/start.js": """
        import shout, { loud } from '../vendor/tiny.js';
        import { word as own } from '../lib/words.js';
        export default function Start() { return [shout(), loud, own]; }
        export class Kept {}
        export const later = () => import('../lib/words.js');
        export const outside = () => import('../office/page.js');
        export const latest = () => import('../office/late.js');
    """,
    "office/page.js": """
        import Start, { Kept } from '../app/start.js';
        import { loud } from '../vendor/tiny.js';
        export const page = [new Kept().constructor.name, loud, ...Start()];
    """,
    "office/late.js": "export const late = 'late';",
}
MODULES = {name: textwrap.dedent(text).lstrip() for name, text in MODULES.items()}
BUNDLES = {
    "bundle/base.js": ["vendor/tiny.js"],
    "bundle/app.js": ["app/start.js"],
    "bundle/late.js": ["office/late.js"],
}


def test_a_bundle_holds_what_its_roots_import_after_it_is_defined_and_nothing_twice() -> None:
    found = bundles.members(MODULES, BUNDLES)
    assert found == {
        "bundle/base.js": ["lib/words.js", "vendor/tiny.js"],
        "bundle/app.js": ["app/start.js"],
        "bundle/late.js": ["office/late.js"],
    }


@pytest.mark.skipif(shutil.which("node") is None, reason="NO NODE: bundles are not run")
def test_bundled_modules_run_once_and_export_what_they_did(tmp_path: Path) -> None:
    texts = dict(MODULES)
    bundles.join(texts, BUNDLES)
    for name, text in texts.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text.replace("'/", f"'{tmp_path.as_uri()}/"))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "run.js").write_text(
        "import { page } from './office/page.js';\nimport Start, { later, latest, outside } from './app/start.js';\n"
        "import { twice as direct, word } from './lib/words.js';\nimport { twice } from './vendor/tiny.js';\n"
        "const dynamic = await later();\nconst there = await outside();\n"
        "const { late } = await latest();\n"
        "const found = [dynamic.twice === direct, there.page === page, late];\n"
        "console.log(JSON.stringify([page, Start(), twice(word), ...found]));\n"
    )
    shown = subprocess.run(["node", tmp_path / "run.js"], check=True, capture_output=True, text=True).stdout
    plain = ["word!", "word!", "word"]
    assert json.loads(shown) == [["Kept", "word!", *plain], plain, "wordword", True, True, "late"]


def test_a_bundle_of_styles_holds_its_files_in_order() -> None:
    texts = {"a.css": "a{}", "b.css": "b{}"}
    bundles.join(texts, {"bundle/all.css": ["b.css", "a.css"]})
    assert texts["bundle/all.css"] == "b{}\na{}"


def test_a_bundle_of_messages_holds_the_words_of_its_areas_and_leaves_them_where_they_are() -> None:
    areas = {"messages/en/a.js": "export default {\n'a': 'A',\n};\n", "messages/en/b.js": "export default {\n};\n"}
    texts = {**areas, "messages/en/c.js": "\nexport default {\n'c': {one: 'C'},\n'd': 'D',\n};\n"}
    bundles.join(texts, {"messages/en/all.js": list(texts)})
    assert texts["messages/en/all.js"] == "export default {\n'a': 'A',\n'c': {one: 'C'},\n'd': 'D',\n};\n"
    assert texts.items() >= areas.items()


def test_a_catalogue_that_is_more_than_words_is_refused_by_name() -> None:
    texts = {"messages/en/a.js": "const A = 'A';\nexport default {\n'a': A,\n};\n"}
    with pytest.raises(bundles.UnsupportedModuleError, match=r"messages/en/a\.js is no catalogue"):
        bundles.join(texts, {"messages/en/all.js": ["messages/en/a.js"]})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("export let moving = 1;", "export let moving"),
        ("export * from './b.js';", "export"),
        ("import * as all from './b.js';", "import"),
        ("import './b.js';", "import"),
        ("import { b } from './missing.js';", "missing.js, which does not exist"),
        ("import { b } from './b.js';", "import each other: a.js -> b.js -> a.js"),
    ],
)
def test_a_module_that_a_bundle_cannot_hold_is_refused_by_name(text: str, said: str) -> None:
    texts = {"a.js": text, "b.js": "import { a } from './a.js';\nexport const b = a;"}
    with pytest.raises(bundles.UnsupportedModuleError, match=f"a.js.*{said}|{said}"):
        bundles.join(texts, {"bundle/a.js": ["a.js"]})


def test_a_folder_without_the_file_has_no_bundles(tmp_path: Path) -> None:
    assert bundles.read_bundles(tmp_path) == {}
