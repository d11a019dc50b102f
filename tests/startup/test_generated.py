"""The code of dataclasses and regular expressions that the layer's build packs (`batua/startup.py`)."""

from __future__ import annotations

from .conftest import Layers


def test_no_function_compiles_what_the_build_has_packed(layers: Layers) -> None:
    program = """
import builtins, sys
compiled = []
run = builtins.exec
def exec(code, *namespaces):
    if isinstance(code, str) and "__create_fn__" in code:
        compiled.append(code)
    return run(code, *namespaces)
builtins.exec = exec
import batua.coins.issue, batua.gateway.reports
print(len(compiled), sum(hasattr(each, "__dataclass_fields__") for module in list(sys.modules.values())
      if module.__name__.startswith("batua.") for each in vars(module).values()))
"""
    compiled, classes = map(int, layers.run(program).split())
    assert classes > 50
    assert compiled == 0


def test_a_class_made_of_packed_code_is_like_one_that_was_compiled(layers: Layers) -> None:
    shown = """
import dataclasses, sys
import batua
if sys.argv[1] == "compiled":
    del dataclasses.exec
from batua.store.writes import Condition, Put
from batua.store.keys import Key
one = Put(Key("ledger", "a", "b"), {"n": 1})
same = Put(Key("ledger", "a", "b"), {"n": 1}, Condition())
print(one, one == same, one != dataclasses.replace(one, item={}), hash(Key("ledger", "a", "b")) == hash(same.key))
try:
    one.key = None
except dataclasses.FrozenInstanceError as refusal:
    print(refusal)
try:
    Put(one.key)
except TypeError as missing:
    print(missing)
print({name: code.__code__.co_code.hex() for name, code in vars(Put).items() if hasattr(code, "__code__")})
"""
    assert layers.run(shown, "packed") == layers.run(shown, "compiled")


def test_a_class_that_the_build_has_not_met_is_compiled(layers: Layers) -> None:
    program = """
import batua, dataclasses
Unmet = dataclasses.make_dataclass("Unmet", [("seen", int), ("never", str)], frozen=True)
print(Unmet(1, "x"))
"""
    assert layers.run(program).strip() == "Unmet(seen=1, never='x')"


def test_a_packed_pattern_matches_as_a_compiled_one_does(layers: Layers) -> None:
    program = """
import re, sys
ordinary = re._compiler.compile
import batua
assert re._compiler.compile is not ordinary
if sys.argv[1] == "compiled":
    re._compiler.compile = ordinary
import urllib3.util.url as url
for text in ("https://[fe80::1%25en0]:8443/a?b=c#d", "http://10.1.2.3:80", "//x", "https://batua.example/%zz"):
    print(url.parse_url(text))
print([(name, each.pattern, each.flags, each.groups, dict(each.groupindex)) for name, each in sorted(vars(url).items())
       if isinstance(each, re.Pattern)])
print(re.findall(rb"never met (?i:before)", b"never met BEFORE"))
"""
    assert layers.run(program, "packed") == layers.run(program, "compiled")


def test_no_function_compiles_a_pattern_that_the_build_has_packed(layers: Layers) -> None:
    program = """
import re
compiled, ordinary = [], re._compiler.compile
def compile(pattern, flags=0):
    compiled.append(pattern)
    return ordinary(pattern, flags)
re._compiler.compile = compile
import batua.coins.issue, batua.gateway.reports, jwt
from batua.aws import client
print(len(compiled))
"""
    # What `batua.startup` itself imports has a few, and PyJWT one whose alternatives come in another order every time.
    assert int(layers.run(program)) < 8


def test_the_first_phone_number_compiles_no_pattern(layers: Layers) -> None:
    program = """
import re
compiled, ordinary = [], re._compiler.compile
def compile(pattern, flags=0):
    compiled.append(pattern)
    return ordinary(pattern, flags)
re._compiler.compile = compile
from batua import phone
before = len(compiled)
print(phone.to_e164("98765 43210", "IN"), len(compiled) - before)
"""
    assert layers.run(program).split() == ["+919876543210", "0"]
