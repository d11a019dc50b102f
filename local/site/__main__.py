"""Builds the documentation as a site: `make site` writes .local/site, `make run` shows it at /guide/.

The pages are those of docs/ and integrations/ as they are committed, with the reference made of the OpenAPI document
and the client libraries' page; the builder is Zensical, without anything from another host. Beside the pages stand
`llms.txt` and each page's Markdown, for tools that read text.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from .reference import reference_pages

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / ".local/site-source"
SITE: Final = ROOT / ".local/site"

NAVIGATION: Final[dict[str, str | dict[str, str]]] = {
    "Home": "index.md",
    "Get started": {
        "Quickstart": "quickstart.md",
        "A tour in pictures": "tour.md",
        "Concepts": "concepts.md",
        "Glossary": "glossary.md",
        "About": "about.md",
    },
    "Guides": {
        "At the counter": "guides/counter.md",
        "Coin programs": "guides/programs.md",
        "Moving in": "guides/moving-in.md",
        "Moving out": "guides/moving-out.md",
        "Rewards": "guides/rewards.md",
        "Marketplace": "guides/marketplace.md",
        "Your own point of sale": "guides/point-of-sale.md",
        "Money of tenants": "guides/tenant-money.md",
        "Invoices": "guides/invoices.md",
        "The operator's day": "guides/operator.md",
        "The portal": "portal.md",
    },
    "Shops": {
        "Kits": "integrations/README.md",
        "Shopify": "integrations/shopify.md",
        "WooCommerce": "integrations/woocommerce.md",
        "WooCommerce plugin": "integrations/woocommerce-plugin/README.md",
        "TallyPrime": "integrations/tally/README.md",
        "Vyapar": "integrations/vyapar.md",
        "Khatabook": "integrations/khatabook.md",
        "Busy": "integrations/busy.md",
        "Marg": "integrations/marg.md",
        "Billing systems": "integrations/billing-systems.md",
    },
    "API": {"Overview": "reference/index.md"},
    "Reference": {
        "Endpoints": "endpoints.md",
        "Errors": "errors.md",
        "Events": "events.md",
        "Compatibility": "compatibility.md",
    },
    "Run it": {
        "Operate": "operate.md",
        "From Terraform": "terraform.md",
        "From the CDK": "cdk.md",
        "In a container": "container.md",
        "Runbooks": "runbooks/README.md",
        "Restore": "runbooks/restore.md",
    },
    "Inside": {
        "Architecture": "architecture.md",
        "Reliability": "reliability.md",
        "What verify finds": "tamperings.md",
        "Performance and cost": "performance.md",
        "Decisions": "decisions/README.md",
        "Contributing": "contributing.md",
        "Reporting a vulnerability": "security-policy.md",
        "Changelog": "changelog.md",
    },
}
"""Title -> page, by section. Pages that have joined docs/ since are put where `_SECTIONS` says."""

DIAGRAMS: Final = "assets/mermaid.min.js"
START: Final = "assets/start.js"
_THEME: Final = re.compile(r'<script src="[^"]*assets/(javascripts/bundle\.\w+\.min\.js)"></script>')
_LOST: Final = (
    "<h1>This page doesn&rsquo;t exist</h1><p>The link may be old, or the address mistyped. Search for it above, "
    'or begin at the <a href="/index.html">first page</a>.</p>'
)
_DRAWN: Final = (
    'custom_fences = [{name = "mermaid", class = "mermaid", format = "pymdownx.superfences.fence_code_format"}]',
)

_SECTIONS: Final = {"reference": "API", "guides": "Guides", "runbooks": "Run it"}
_AT_ROOT: Final = {
    "README.md": "about.md",  # index.md is the first page
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security-policy.md",
    "CHANGELOG.md": "changelog.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
}
"""File of the repository's top -> its page."""
_ASSETS: Final = (".md", ".svg", ".png", ".jpg", ".gif")
_LINK: Final = re.compile(r"(\]\(|\]: )(?!https?://|#|mailto:)([^)\s#]+)")


def navigation(source: Path) -> dict[str, str | dict[str, str]]:
    """The fixed places, the reference's pages, and every other page in the section of its folder."""
    sections = {title: dict(page) if isinstance(page, dict) else page for title, page in NAVIGATION.items()}
    listed = {page for place in sections.values() for page in ([place] if isinstance(place, str) else place.values())}
    for file in sorted(source.rglob("*.md")):
        page = file.relative_to(source).as_posix()
        folder = page.partition("/")[0]
        # The index of decisions lists the records, which are too many for a menu.
        if page in listed or page == "code-of-conduct.md" or folder == "decisions":
            continue
        section = sections[_SECTIONS.get(folder, "Inside")]
        assert isinstance(section, dict)
        section[title_of(file)] = page
    return sections


def title_of(file: Path) -> str:
    first = next((line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("# ")), "")
    return first.removeprefix("# ").replace("`", "") or file.stem


def gather(source: Path) -> None:
    """Copies the pages to where the site expects them."""
    shutil.rmtree(source, ignore_errors=True)
    for folder, target in ((ROOT / "docs", source), (ROOT / "integrations", source / "integrations")):
        for file in folder.rglob("*"):
            if file.suffix in _ASSETS:
                _copy(file, target / file.relative_to(folder), source)
    for name, page in _AT_ROOT.items():
        _copy(ROOT / name, source / page, source)
    (source / "assets").mkdir()
    shutil.copy(ROOT / "portal/icon.svg", source / "assets/icon.svg")
    shutil.copy(Path(__file__).with_name("guide.css"), source / "assets/guide.css")
    shutil.copy(Path(__file__).with_name("start.js"), source / START)
    diagrams = Path(__file__).with_name("node_modules") / "mermaid/dist/mermaid.min.js"
    if diagrams.exists():
        shutil.copy(diagrams, source / DIAGRAMS)
    document = json.loads((ROOT / "functions/platform/openapi.json").read_text(encoding="utf-8"))
    (source / "reference").mkdir()
    for name, text in reference_pages(document).items():
        (source / "reference" / name).write_text(text, encoding="utf-8")


def _copy(file: Path, target: Path, source: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix != ".md":
        shutil.copy(file, target)
        return
    text = file.read_text(encoding="utf-8")
    target.write_text(_LINK.sub(lambda match: match[1] + _relinked(match[2], file, target, source), text), "utf-8")


def _relinked(link: str, file: Path, target: Path, source: Path) -> str:
    """A link as it leads from the page's new place.

    What is no page of the site, such as code, leads to the page about the repository; what the site makes by itself
    (the reference) is where the committed page says.
    """
    wanted = (file.parent / link).resolve()
    if wanted.suffix in _ASSETS:
        for folder, place in ((ROOT / "docs", source), (ROOT / "integrations", source / "integrations")):
            if wanted.is_relative_to(folder):
                return _relative(place / wanted.relative_to(folder), target.parent)
        if wanted.parent == ROOT and wanted.name in _AT_ROOT:
            return _relative(source / _AT_ROOT[wanted.name], target.parent)
    return _relative(source / _AT_ROOT["README.md"], target.parent)


def _relative(path: Path, start: Path) -> str:
    return Path(os.path.relpath(path, start)).as_posix()


def configuration(sections: dict[str, str | dict[str, str]]) -> str:
    lines = [
        "[project]",
        'site_name = "Batua"',
        'site_description = "Loyalty wallet and prefund ledger"',
        'docs_dir = "docs"',
        'site_dir = "site"',
        "use_directory_urls = false",
        "nav = [",
    ]
    for title, pages in sections.items():
        if isinstance(pages, str):
            lines.append(f"  {{ {json.dumps(title)} = {json.dumps(pages)} }},")
            continue
        inner = ", ".join(f"{{ {json.dumps(name)} = {json.dumps(page)} }}" for name, page in pages.items())
        lines.append(f"  {{ {json.dumps(title)} = [{inner}] }},")
    lines += [
        "]",
        'extra_css = ["assets/guide.css"]',
        f"extra_javascript = {json.dumps([START])}",
        "[project.theme]",
        "font = false",
        'logo = "assets/icon.svg"',
        'favicon = "assets/icon.svg"',
        'features = ["navigation.tabs", "navigation.sections", "navigation.top", "navigation.footer",'
        ' "content.code.copy", "content.tabs.link", "search.highlight", "toc.follow"]',
        *_palette("light", "default", "Dark"),
        *_palette("dark", "slate", "Light"),
        "[project.markdown_extensions.admonition]",
        "[project.markdown_extensions.attr_list]",
        "[project.markdown_extensions.tables]",
        "[project.markdown_extensions.toc]",
        "permalink = true",
        "[project.markdown_extensions.pymdownx.highlight]",
        "[project.markdown_extensions.pymdownx.superfences]",
        *(_DRAWN if (SOURCE / "docs" / DIAGRAMS).exists() else ()),
        "[project.markdown_extensions.pymdownx.tabbed]",
        "alternate_style = true",
    ]
    return "\n".join(lines) + "\n"


def _palette(media: str, scheme: str, other: str) -> list[str]:
    return [
        "[[project.theme.palette]]",
        f'media = "(prefers-color-scheme: {media})"',
        f'scheme = "{scheme}"',
        "[project.theme.palette.toggle]",
        f'icon = "lucide/{"sun" if media == "light" else "moon"}"',
        f'name = "{other} mode"',
    ]


def put_the_theme_off(site: Path) -> None:
    """Takes the theme's script out of the pages: `start.js` brings it when it is needed.

    It stays in a page with diagrams, followed by what draws them: the theme would look for that at another host.
    """
    scripts = set()
    for page in site.rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        if _THEME.subn("", html)[1] != 1:
            raise ValueError(f"{page} doesn't have the theme's script once")
        scripts.update(_THEME.findall(html))
        if 'class="mermaid"' in html:
            text = html.replace(f'{START}"></script>', f'{START}"></script>' + _beside(page, site, DIAGRAMS))
        else:
            text = _THEME.sub("", html)
        page.write_text(text, encoding="utf-8")
    (script,) = scripts
    start = site / START
    start.write_text(start.read_text(encoding="utf-8").replace("javascripts/bundle.min.js", script), encoding="utf-8")


def word_the_lost_page(site: Path) -> None:
    """Says what to do at an address without a page. The builder's says no more than a number."""
    page = site / "404.html"
    html, changed = re.subn(r"<h1>404[^<]*</h1>", _LOST, page.read_text(encoding="utf-8"))
    if changed != 1:
        raise ValueError(f"{page} doesn't have its heading once")
    page.write_text(html, encoding="utf-8")


def _beside(page: Path, site: Path, script: str) -> str:
    return f'<script src="{_relative(site / script, page.parent)}"></script>'


def write_for_tools(sections: dict[str, str | dict[str, str]]) -> None:
    """`llms.txt`, and the Markdown of each page beside its HTML."""
    lines = ["# Batua", "", "> Open, self-hosted, multi-tenant loyalty wallet and prefund ledger.", ""]
    for title, pages in sections.items():
        lines += [f"## {title}", ""]
        lines += [f"- [{name}]({page})" for name, page in ({title: pages} if isinstance(pages, str) else pages).items()]
        lines.append("")
    (SITE / "llms.txt").write_text("\n".join(lines), encoding="utf-8")
    for file in (SOURCE / "docs").rglob("*.md"):
        shutil.copy(file, SITE / file.relative_to(SOURCE / "docs"))


def build_site() -> int:
    gather(SOURCE / "docs")
    sections = navigation(SOURCE / "docs")
    (SOURCE / "zensical.toml").write_text(configuration(sections), encoding="utf-8")
    zensical = Path(sys.executable).with_name("zensical")
    command = [str(zensical), "build", "--clean", "--strict", "--config-file", str(SOURCE / "zensical.toml")]
    done = subprocess.run(command, cwd=SOURCE, check=False)
    if done.returncode == 0:
        shutil.rmtree(SITE, ignore_errors=True)
        put_the_theme_off(SOURCE / "site")
        word_the_lost_page(SOURCE / "site")
        shutil.move(SOURCE / "site", SITE)
        write_for_tools(sections)
        sys.stdout.write(f"written: {SITE.relative_to(ROOT)}/index.html\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(build_site())
