"""Official numbers of both countries: their form and their check digit."""

import re
import unicodedata
from typing import Final

from taxonomy.choices import Country

KOREAN_WEIGHTS: Final = (1, 3, 7, 1, 3, 7, 1, 3, 5)
LENGTH: Final = {Country.KR: 10, Country.JP: 13}


class BadNumber(ValueError):
    """Not an official number; `code` is `length` or `check_digit`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def country_of_number(raw: str) -> Country | None:
    """Whose number has this many digits; None when nobody's has."""
    length = len(_digits(raw))
    return next((country for country, wanted in LENGTH.items() if wanted == length), None)


def clean_number(raw: str, country: str) -> str:
    """The bare digits of an official number. Raises BadNumber.

    Width, hyphens and spaces are folded away, and so is the T of a Japanese invoice number.
    Korea: business registration number, 10 digits, the last one checks (National Tax Service).
    Japan: corporate number, 13 digits, the first one checks (National Tax Agency).
    """
    digits = _digits(raw, has_prefix=country == Country.JP)
    if not re.fullmatch(r"[0-9]+", digits) or len(digits) != LENGTH[Country(country)]:
        raise BadNumber("length")
    if not (_is_korean(digits) if country == Country.KR else _is_japanese(digits)):
        raise BadNumber("check_digit")
    return digits


def _digits(raw: str, *, has_prefix: bool = True) -> str:
    """Without width, hyphens and spaces, and with `has_prefix` without a leading T."""
    bare = re.sub(r"[\s\-‐-―−]", "", unicodedata.normalize("NFKC", raw))
    return bare.removeprefix("T").removeprefix("t") if has_prefix else bare


def format_number(number: str, country: str) -> str:
    """As people write it: 124-81-00998 in Korea, thirteen plain digits in Japan."""
    if country == Country.KR and len(number) == LENGTH[Country.KR]:
        return f"{number[:3]}-{number[3:5]}-{number[5:]}"
    return number


def korean_check_digit(first_nine: str) -> str:
    total = sum(int(d) * w for d, w in zip(first_nine, KOREAN_WEIGHTS, strict=True))
    return str((10 - (total + int(first_nine[8]) * 5 // 10) % 10) % 10)


def japanese_check_digit(last_twelve: str) -> str:
    total = sum(int(d) * (1 + i % 2) for i, d in enumerate(reversed(last_twelve)))
    return str(9 - total % 9)


def _is_korean(digits: str) -> bool:
    return digits[9] == korean_check_digit(digits[:9])


def _is_japanese(digits: str) -> bool:
    return digits[0] == japanese_check_digit(digits[1:])
