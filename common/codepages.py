"""Text for programs of the two countries that do not read UTF-8."""

import unicodedata
from collections.abc import Mapping
from typing import Final

UTF8: Final = "utf-8"
#: The geta mark, by which printers of both countries have always marked a sign they lack.
SUBSTITUTE: Final = "〓"
# Signs that each code page writes as another one, as the operating systems do.
_COMMON: Final = {
    0x2014: "―",
    0x2016: "∥",
    0x2212: "－",
    0x301C: "～",
    0x00A0: " ",
}
_TWINS: Final[Mapping[str, Mapping[int, str]]] = {
    "cp949": {**_COMMON, 0x30FB: "·"},
    "cp932": {**_COMMON, 0x00B7: "・", 0x00A2: "￠", 0x00A3: "￡", 0x00A5: "￥", 0x00AC: "￢"},
}
ENCODINGS: Final = (UTF8, *_TWINS)


def encoded(text: str, encoding: str) -> tuple[bytes, int]:
    """`text` in one of ENCODINGS, and how many of its signs became SUBSTITUTE."""
    try:
        return text.encode(encoding), 0
    except UnicodeEncodeError:
        pass
    if encoding == UTF8:
        # A lone surrogate: no text that people have typed.
        return text.encode(encoding, "replace"), 1
    twin = unicodedata.normalize("NFC", text).translate(_TWINS[encoding])
    signs = [sign if _has(encoding, sign) else None for sign in twin]
    told = "".join(SUBSTITUTE if sign is None else sign for sign in signs)
    return told.encode(encoding), signs.count(None)


def _has(encoding: str, sign: str) -> bool:
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
