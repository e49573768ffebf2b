"""gBizINFO of Japan's Ministry of Economy, Trade and Industry: REST, version 1.

`GET {base}/hojin/v1/hojin/{corporate_number}` with the header `X-hojinInfo-api-token` answers
JSON whose `hojin-infos` is a list of one firm; 404 for a number that nobody has.
"""

import json

from django.conf import settings

from companies.choices import RegistryOutcome
from companies.registry.answers import Answer, known
from companies.registry.transport import NoAnswer, ask


def is_set_up() -> bool:
    return bool(settings.GBIZINFO_TOKEN)


def look_up(number: str) -> Answer:
    """What gBizINFO says of a corporate number."""
    try:
        reply = ask(
            "GET",
            f"{settings.GBIZINFO_URL}/hojin/v1/hojin/{number}",
            headers={
                "X-hojinInfo-api-token": settings.GBIZINFO_TOKEN,
                "Accept": "application/json",
            },
        )
    except NoAnswer as error:
        return error.answer
    if reply.status == 404:
        return Answer(RegistryOutcome.NOT_FOUND)
    if reply.status != 200:
        return Answer(RegistryOutcome.REFUSED, error=f"HTTP {reply.status}")
    try:
        found = json.loads(reply.body)["hojin-infos"]
        if not found:
            return Answer(RegistryOutcome.NOT_FOUND)
        firm = next(each for each in found if each["corporate_number"] == number)
        closed = str(firm.get("close_date") or "")
        facts = known(
            name=firm["name"],
            name_en=firm.get("name_en"),
            address=firm.get("location"),
            representative=firm.get("representative_name"),
            website=firm.get("company_url"),
            closed_on=closed[:10],
        )
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        return Answer(RegistryOutcome.UNREADABLE, error=type(error).__name__)
    return Answer(RegistryOutcome.CLOSED if closed else RegistryOutcome.FOUND, facts)
