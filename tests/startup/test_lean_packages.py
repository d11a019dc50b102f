"""What `layers/dependencies/lean.py` leaves out of the packages' start is there as soon as it is used."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from .conftest import ROOT, Layers

LEAN = runpy.run_path(str(ROOT / "layers/dependencies/lean.py"))


def test_a_text_that_has_changed_ends_the_build(tmp_path: Path) -> None:
    changed = tmp_path / "jwt" / "algorithms.py"
    changed.parent.mkdir()
    changed.write_text("    from cryptography import x509, hazmat\n")
    with pytest.raises(SystemExit, match=r"jwt/algorithms\.py has changed"):
        LEAN["main"](tmp_path)


def test_tokens_are_signed_and_checked_and_a_forged_one_is_refused(layers: Layers) -> None:
    program = """
import jwt, sys
from cryptography.hazmat.primitives.asymmetric import ec
ours, theirs = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
token = jwt.encode({"sub": "usr"}, ours, algorithm="ES256")
assert jwt.decode(token, ours.public_key(), algorithms=["ES256"]) == {"sub": "usr"}
assert "cryptography.x509" not in sys.modules
for key, algorithms in ((theirs, ["ES256"]), (ours, ["HS256"])):
    try:
        jwt.decode(token, key.public_key(), algorithms=algorithms)
    except jwt.InvalidTokenError as refusal:
        print(type(refusal).__name__)
"""
    assert layers.run(program).split() == ["InvalidSignatureError", "InvalidAlgorithmError"]


def test_a_certificate_is_still_refused_as_an_hmac_secret(layers: Layers) -> None:
    program = """
import datetime, jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "batua")])
day = datetime.datetime(2026, 1, 1)
builder = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day + datetime.timedelta(1))
secret = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
try:
    jwt.encode({}, secret, algorithm="HS256")
except jwt.InvalidKeyError as refusal:
    print(refusal)
"""
    assert "x509 certificate" in layers.run(program)


def test_a_client_tells_its_documentation_and_takes_the_same_event_handlers(layers: Layers) -> None:
    program = """
import functools, inspect, sys
from botocore import compat, docs
from batua.aws import client
dynamodb = client("dynamodb")
assert "botocore.docs.service" not in sys.modules and "html.parser" not in sys.modules
def takes(**kwargs): ...
def takes_not(a, *b, c=1): ...
class Both:
    def takes(self, **kwargs): ...
    def takes_not(self): ...
    def __call__(self, **kwargs): ...
for each in (takes, takes_not, Both().takes, Both().takes_not, Both(), functools.partial(takes, b=1)):
    assert bool(compat.accepts_kwargs(each)) == bool(inspect.getfullargspec(each)[2]), each
print(str(dynamodb.get_item.__doc__)[:400], str(client("s3").get_waiter("bucket_exists").wait.__doc__))
print(str(dynamodb.get_paginator("query").paginate.__doc__))
"""
    output = layers.run(program)
    assert "GetItem" in output
    assert "WaiterConfig" in output
    assert "A token to resume pagination" in output


def test_http_2_asks_for_its_package_as_ever(layers: Layers) -> None:
    program = """
import importlib.metadata, urllib3.http2
importlib.metadata.version = lambda name: print(name) or "3.0"
try:
    urllib3.http2.inject_into_urllib3()
except ImportError as refused:
    print("3.0" in str(refused))
"""
    assert layers.run(program).split() == ["h2", "True"]


def test_models_validate_and_describe_themselves_as_ever(layers: Layers) -> None:
    program = """
import sys
from decimal import Decimal
from batua.api.models import validated
from batua.coins.models import IssueCoins
from batua.errors import Problem
assert validated(IssueCoins, {"phone": "+919000000001", "coins": "12.50"}).coins == Decimal("12.50")
assert IssueCoins.model_json_schema()["properties"]["coins"]
assert "importlib.metadata" not in sys.modules
try:
    validated(IssueCoins, {"phone": 5, "coins": -1})
except Problem as problem:
    print(sorted(problem.fields))
"""
    assert layers.run(program).strip() == "['coins', 'phone']"
