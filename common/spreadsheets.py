"""Tables that people open in a spreadsheet, written and read back."""

from typing import Final

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")


def neutral_cell(text: str) -> str:
    """`text` so that no spreadsheet runs it as a formula; numbers stay numbers."""
    if not text.startswith(FORMULA_SIGNS):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def plain_cell(text: str) -> str:
    """What `neutral_cell` was given."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_SIGNS) else text
