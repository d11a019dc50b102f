"""What passes for a password, and that nobody's hash costs what everybody's costs."""

from __future__ import annotations

import pytest
from argon2 import extract_parameters

from batua.errors import Problem
from batua.identity import passwords


def test_a_hash_fits_its_password_alone() -> None:
    hash = passwords.hash_password("marigold-4-steps")
    assert passwords.verify_password(hash, "marigold-4-steps")
    assert not passwords.verify_password(hash, "marigold-4-step")
    assert not passwords.needs_rehash(hash)


def test_composed_and_decomposed_letters_are_the_same_password() -> None:
    assert passwords.verify_password(passwords.hash_password("caf\u00e9 au lait"), "cafe\u0301 au lait")


def test_nobodys_hash_is_well_formed_at_todays_cost_and_fits_nothing() -> None:
    nobodys = extract_parameters(passwords._decoy_hash())
    real = extract_parameters(passwords.hash_password("marigold-4-steps"))
    assert nobodys == real
    assert not passwords.verify_password(None, "marigold-4-steps")
    assert not passwords.verify_password(None, "")


def test_a_hash_of_another_cost_is_outdated() -> None:
    from argon2 import PasswordHasher

    assert passwords.needs_rehash(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x"))


def test_a_broken_hash_fits_nothing() -> None:
    assert not passwords.verify_password("$argon2id$broken", "x")


@pytest.mark.parametrize("good", ["marigold-4-steps", "a long walk home", "Tr0ub4dor&3x", "ஒரு நல்ல கடவுச்சொல்"])
def test_length_is_enough(good: str) -> None:
    passwords.require_strong(good, email="asha.rao@example.com")


@pytest.mark.parametrize(
    "weak",
    [
        *("", "ninechars", "x" * 129),
        *("aaaaaaaaaaaa", "abababababab", "1234567890", "qwertyuiop"),
        *("Password123!", "welcome2026"),
        *("asha.rao@example.com", "Asha.Rao123!"),
    ],
)
def test_what_attackers_try_first_is_refused(weak: str) -> None:
    with pytest.raises(Problem) as refusal:
        passwords.require_strong(weak, email="asha.rao@example.com")
    assert refusal.value.fields
