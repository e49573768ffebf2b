"""The corporate number register of Japan's National Tax Agency: its Web-API, version 4.

`GET {base}/4/num?id=…&number=…&type=12&history=0` answers XML: `corporations` with one
`corporation`, or with `count` 0 for a number that nobody has. 404 with a code in the body means
the number is not well-formed, 400 and 403 that our id is not accepted.
"""

from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.conf import settings

from companies.choices import RegistryOutcome
from companies.registry.answers import Answer, known
from companies.registry.transport import NoAnswer, ask

XML_IN_UNICODE: Final = "12"


def is_set_up() -> bool:
    return bool(settings.NTA_API_ID)


def look_up(number: str) -> Answer:
    """What the register says of a corporate number."""
    try:
        reply = ask(
            "GET",
            f"{settings.NTA_API_URL}/4/num",
            params={
                "id": settings.NTA_API_ID,
                "number": number,
                "type": XML_IN_UNICODE,
                "history": "0",
            },
        )
    except NoAnswer as error:
        return error.answer
    if reply.status == 404:
        return Answer(RegistryOutcome.NOT_FOUND)
    if reply.status != 200:
        return Answer(RegistryOutcome.REFUSED, error=f"HTTP {reply.status}")
    try:
        root = fromstring(reply.body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        return Answer(RegistryOutcome.UNREADABLE, error=type(error).__name__)
    return _read(root, number)


def _read(root: Element, number: str) -> Answer:
    if root.tag != "corporations":
        return Answer(RegistryOutcome.UNREADABLE, error="no corporations in it")
    firm = next(
        (each for each in root.iter("corporation") if _text(each, "corporateNumber") == number),
        None,
    )
    if firm is None:
        if _text(root, "count") == "0":
            return Answer(RegistryOutcome.NOT_FOUND)
        return Answer(RegistryOutcome.UNREADABLE, error="another number in it")
    closed = _text(firm, "closeDate")
    place = "".join(_text(firm, name) for name in ("prefectureName", "cityName", "streetNumber"))
    return Answer(
        RegistryOutcome.CLOSED if closed else RegistryOutcome.FOUND,
        known(
            name=_text(firm, "name"),
            name_en=_text(firm, "enName"),
            address=place or _text(firm, "addressOutside"),
            prefecture=_text(firm, "prefectureCode"),
            closed_on=closed,
        ),
    )


def _text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()
