"""Tables that people open in a spreadsheet, written and read back."""

from typing import Final

#: Also in full width, which Japanese and Korean spreadsheets read alike.
FORMULA_SIGNS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_LEADING: Final = ("\t", "\r", "\n")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might run `text`, also after it has taken spaces away."""
    if not text.startswith(_LEADING) and not text.lstrip().startswith(FORMULA_SIGNS):
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False


def neutral_cell(text: str) -> str:
    """`text` so that no spreadsheet runs it as a formula; numbers stay numbers."""
    return f"'{text}" if is_formula(text) else text


def plain_cell(text: str) -> str:
    """What `neutral_cell` was given."""
    return text[1:] if text[:1] == "'" and is_formula(text[1:]) else text
