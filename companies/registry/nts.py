"""Business status at Korea's National Tax Service, through data.go.kr.

`POST {base}/api/nts-businessman/v1/status?serviceKey=…` with `{"b_no": ["…"]}` answers JSON:
`status_code` "OK" and `data`, one entry a number, whose `b_stt_cd` is 01 (active), 02 (suspended),
03 (closed) or empty for a number that is not registered. It tells no name.
"""

import json
from typing import Final
from urllib.parse import unquote

from django.conf import settings

from companies.choices import RegistryOutcome
from companies.registry.answers import Answer, known
from companies.registry.transport import NoAnswer, ask

OUTCOMES: Final = {
    "01": RegistryOutcome.FOUND,
    "02": RegistryOutcome.SUSPENDED,
    "03": RegistryOutcome.CLOSED,
    "": RegistryOutcome.NOT_FOUND,
}
# The words by which data.go.kr says that the day's questions are used up.
USED_UP: Final = ("LIMITED_NUMBER_OF_SERVICE_REQUESTS", "트래픽")


def is_set_up() -> bool:
    return bool(settings.NTS_SERVICE_KEY)


def look_up(number: str) -> Answer:
    """What the tax service says of a business registration number."""
    try:
        reply = ask(
            "POST",
            f"{settings.NTS_API_URL}/api/nts-businessman/v1/status",
            # The portal hands the key out percent-encoded as well as plain; both are taken.
            params={"serviceKey": unquote(settings.NTS_SERVICE_KEY), "returnType": "JSON"},
            json={"b_no": [number]},
        )
    except NoAnswer as error:
        return error.answer
    try:
        said = json.loads(reply.body)
        if reply.status != 200:
            is_used_up = any(words in str(said.get("msg")) for words in USED_UP)
            outcome = RegistryOutcome.LIMITED if is_used_up else RegistryOutcome.REFUSED
            return Answer(outcome, error=f"HTTP {reply.status}, code {said.get('code')}")
        firm = next(each for each in said["data"] if each["b_no"] == number)
        ended = str(firm.get("end_dt") or "")
        facts = known(
            status=firm.get("b_stt"),
            tax_type=firm.get("tax_type"),
            closed_on=f"{ended[:4]}-{ended[4:6]}-{ended[6:8]}" if len(ended) == 8 else "",
        )
        return Answer(OUTCOMES[firm["b_stt_cd"]], facts)
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        return Answer(RegistryOutcome.UNREADABLE, error=type(error).__name__)
