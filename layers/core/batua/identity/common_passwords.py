"""Passwords that lists of leaked ones begin with, without the digits and signs that people put around them."""

from __future__ import annotations

from typing import Final

COMMON_PASSWORDS: Final = frozenset(
    """
    password passwort passw0rd p@ssword p@ssw0rd pass pass@word mypassword password1 newpassword changeme changemenow
    welcome welcomeback letmein letmeinnow qwerty qwertyuiop qwertyui asdfghjkl zxcvbnm qazwsx qazwsxedc 1q2w3e4r
    1qaz2wsx iloveyou iloveyouforever admin administrator superadmin root toor test testing tester demo secret
    mysecret default guest user username login abc abcd abcdef abcdefgh football cricket baseball basketball
    princess sunshine dragon monkey shadow master superman batman trustno1 whatever starwars michael jennifer
    jordan hunter computer internet samsung google facebook india indian bharat krishna ganesh sairam omsairam
    lakshmi mumbai delhi bangalore bengaluru chennai kolkata hyderabad sachin dhoni virat hello helloworld
    wallet mywallet batua loyalty rewards
    """.split()  # noqa: SIM905 - a list to read and add to
)
