"""Check digits on numbers that their owners publish."""

import pytest

from companies.numbers import BadNumber, clean_number, format_number


@pytest.mark.parametrize(
    "number", ["116-82-00276", "134-86-72683", "124-81-00998", "１２０－８１－４７５２１"]
)
def test_korean_numbers(number: str) -> None:
    assert len(clean_number(number, "KR")) == 10


@pytest.mark.parametrize(
    "number", ["5835678256246", "T7123456789012", "4011001098993", "1180301018771"]
)
def test_japanese_numbers(number: str) -> None:
    assert len(clean_number(number, "JP")) == 13


@pytest.mark.parametrize(
    ("number", "country", "code"),
    [
        ("124-81-00999", "KR", "check_digit"),
        ("12481009", "KR", "length"),
        ("가나다라마바사아자차", "KR", "length"),
        ("4011001098994", "JP", "check_digit"),
        ("401100109899", "JP", "length"),
        ("", "JP", "length"),
        ("124-81-00998", "JP", "length"),
    ],
)
def test_wrong_numbers_say_what_is_wrong(number: str, country: str, code: str) -> None:
    with pytest.raises(BadNumber) as caught:
        clean_number(number, country)
    assert caught.value.code == code


@pytest.mark.parametrize("position", range(10))
def test_one_wrong_digit_is_noticed_in_korea(position: int) -> None:
    right = "1248100998"
    wrong = right[:position] + str((int(right[position]) + 1) % 10) + right[position + 1 :]
    with pytest.raises(BadNumber):
        clean_number(wrong, "KR")


def test_numbers_are_written_as_people_write_them() -> None:
    assert format_number("1248100998", "KR") == "124-81-00998"
    assert format_number("4011001098993", "JP") == "4011001098993"
