"""Answers in the form that the gateway takes."""

from __future__ import annotations

import json

from batua.api.request import gateway_response


def test_an_answer_that_repeats_half_a_character_can_be_sent() -> None:
    answer = gateway_response(200, {}, '{"said":"\ud800 is no é"}')
    assert answer["body"] == '{"said":"? is no é"}'
    assert json.dumps(answer, ensure_ascii=False).encode()
