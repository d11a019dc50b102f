"""The pages for Terraform and the CDK name parameters, outputs and capabilities that the templates have."""

from __future__ import annotations

import re
import tomllib

import pytest

from .conftest import REPOSITORY

TEMPLATE = (REPOSITORY / "template.yaml").read_text()


def names(section: str) -> set[str]:
    part = re.search(rf"^{section}:\n(.*?)(?=^\w)", f"{TEMPLATE}\nEnd:", re.M | re.S)
    assert part
    return set(re.findall(r"^  (\w+):", part[1], re.M))


@pytest.mark.parametrize(
    ("page", "parameter"), [("terraform", r"^    (\w+) +=(?! \")|^    (\w+) += \""), ("cdk", r'^ {16}"(\w+)": ')]
)
def test_the_parameters_are_those_of_the_template(page: str, parameter: str) -> None:
    text = (REPOSITORY / f"docs/{page}.md").read_text()
    block = text.partition("parameters")[2].partition("}\n" if page == "terraform" else "},\n")[0]
    said = {
        name for found in re.findall(parameter, block, re.M) for name in ([found] if page == "cdk" else found) if name
    }
    assert len(said) == 10
    assert said <= names("Parameters")


def test_the_outputs_and_capabilities_are_those_of_the_template() -> None:
    terraform, cdk = ((REPOSITORY / f"docs/{page}.md").read_text() for page in ("terraform", "cdk"))
    listed = terraform.partition("- Outputs: ")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", listed)) == names("Outputs")
    assert set(re.findall(r"Outputs\.(\w+)", cdk)) <= names("Outputs")
    settings = tomllib.loads((REPOSITORY / "samconfig.toml").read_text())
    for capability in settings["prod"]["deploy"]["parameters"]["capabilities"]:
        assert capability in terraform
        assert capability in cdk
