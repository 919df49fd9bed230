from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.transformation.condition import parse_condition
from keepsight.transformation.expression import NoPicture, Unsettled, is_expression, parse_expression
from keepsight.transformation.variables import bind, names_in


class Picture:
    """600 x 400, two faces, two tags, and a context."""

    def characteristic(self, name: str) -> Fraction | str:
        return {"w": Fraction(600), "h": Fraction(400), "iw": Fraction(600), "fc": Fraction(2), "tags": "cat:home"}[
            name
        ]

    def stored(self, kind: str, key: str) -> str:
        return {"ctx": {"limit": "40"}, "md": {}}[kind].get(key, "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2_add_3_mul_4", 20),  # from left to right, no precedence
        ("10_div_4", Fraction(5, 2)),
        ("7_mod_4", 3),
        ("2_pow_10", 1024),
        ("4_pow_0.5", 2),
        ("-5_add_w", 595),
        ("w_div_fc", 300),
        ("!30!_to_i", 30),
        ("!2.7!_to_i", 2),
        ("!2.7!_to_f", Fraction(27, 10)),
        ("!bbb!_to_f", 0),
        ("ctx:!limit!_to_f", 40),
        ("ctx:!limit!_mul_2", 80),
        ("width", 600),
        ("ow", 600),
    ],
)
def test_arithmetic(text: str, value: object) -> None:
    assert parse_expression(text).value(Picture()) == value


@pytest.mark.parametrize(("text", "written"), [("1.0", "1.0"), ("1", "1"), ("1_add_0.5", "1.5"), ("!a_b!", "a_b")])
def test_a_number_by_itself_keeps_its_spelling(text: str, written: str) -> None:
    assert parse_expression(text).text(Picture()) == written


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("w_mul", "operator"),
        ("w_times_2", "times is none of add, div"),
        ("depth_mul_2", "depth is no number"),
        ("w_div_0", "division by 0"),
        ("w_mod_0", "division by 0"),
        ("9_pow_99", "beyond all measure"),
        ("0_pow_-1", "beyond all measure"),
        ("!a!_mul_2", "'a' is no number"),
        ("!a", "open exclamation mark"),
        ("ils_mul_2", "illustration score"),
        ("2__add_3", "empty word"),
    ],
)
def test_what_cannot_be_computed_says_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_expression(text).value(Picture())


def test_without_a_picture_only_numbers_have_values() -> None:
    assert parse_expression("2_mul_3").value(NoPicture()) == 6
    with pytest.raises(Unsettled):
        parse_expression("w_mul_3").value(NoPicture())


@pytest.mark.parametrize("text", ["w", "iw_div_2", "2_mul_3", "ctx:!a!", "!3!_to_i", "fc"])
def test_expressions_are_recognised(text: str) -> None:
    assert is_expression(text)


@pytest.mark.parametrize("text", ["300", "0.5", "auto", "-20", "16", "hflip.45", "max", "blur"])
def test_plain_values_are_not(text: str) -> None:
    assert not is_expression(text)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("w_gt_500", True),
        ("w_gt_500_and_h_gt_500", False),
        ("w_gt_500_and_h_gt_500_or_fc_gte_2", True),  # and binds tighter
        ("fc_eq_2", True),
        ("fc_ne_2", False),
        ("w_lte_600", True),
        ("w_lt_600", False),
        ("h_gte_401", False),
        ("w_mul_2_eq_1200", True),
        ("!cat!_in_tags", True),
        ("!cat:home!_in_tags", True),
        ("!cat:dog!_in_tags", False),
        ("!dog!_nin_tags", True),
        ("ctx:!limit!_gt_39", True),
        ("ctx:!nothing!_eq_!!", True),
        ("!a!_eq_!a!", True),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    condition = parse_condition(text)
    assert condition.holds(Picture()) is holds
    assert str(condition) == text


@pytest.mark.parametrize("text", ["", "w", "w_gt", "gt_3", "w_gt_3_and", "w_gt_3_lt_4", "w_gt_3_xor_h_lt_4"])
def test_no_condition(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_condition(text)


def test_text_has_no_order() -> None:
    with pytest.raises(ValueError, match="compares text"):
        parse_condition("!a!_gt_3").holds(Picture())


def test_variables_are_put_in_as_they_were_written() -> None:
    known = {"a": "10", "name": "!blur!"}
    assert bind("$a_mul_2", known, quoted=True) == "10_mul_2"
    assert bind("$name:$a", known) == "blur:10"
    assert bind("$name_eq_!x!", known, quoted=True) == "!blur!_eq_!x!"
    assert bind("$other_mul_$a", known) == "$other_mul_10"
    assert bind("costs $a, $(name)", known, only_inside=True) == "costs $a, blur"
    assert names_in("$other_mul_$a") == ("other", "a")


@given(st.text(alphabet="wh$!_:.0123456789addmulpowin", max_size=30))
def test_any_text_is_an_expression_or_a_reason(text: str) -> None:
    try:
        value = parse_expression(text).value(Picture())
    except (ValueError, KeyError):
        return
    assert isinstance(value, Fraction | str)
