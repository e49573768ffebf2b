"""Which register is asked for which country."""

from typing import Final

from companies.choices import Registry
from companies.registry import gbizinfo, nta, nts
from companies.registry.answers import Answer
from taxonomy.choices import Country

CLIENTS: Final = {Registry.NTA: nta, Registry.GBIZINFO: gbizinfo, Registry.NTS: nts}
OF_COUNTRY: Final[dict[str, tuple[Registry, ...]]] = {
    Country.JP: (Registry.NTA, Registry.GBIZINFO),
    Country.KR: (Registry.NTS,),
}


def set_up_for(country: str) -> tuple[Registry, ...]:
    """The registers of the country that we have a key for."""
    return tuple(each for each in OF_COUNTRY[country] if CLIENTS[each].is_set_up())


def look_up(registry: str, number: str) -> Answer:
    """Ask one register; takes as long as the register takes: for workers only."""
    answer: Answer = CLIENTS[Registry(registry)].look_up(number)
    return answer
