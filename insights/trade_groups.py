"""Groups of goods in trade statistics: their names, and which HS codes they are about.

A group of a statistic is wider or narrower than a chapter of the HS. Only groups whose name
describes HS chapters or headings are linked, and each says why.
"""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TOTAL: Final = "grandtotal"
SAME: Final = _("The group's name describes these HS chapters.")
HEADINGS: Final = _("The group's name describes these HS headings.")
PART: Final = _("These HS headings are the largest part of what the group's name describes.")


@dataclass(frozen=True, slots=True)
class Group:
    """`hs`: beginnings of HS codes; without any the group is linked to nothing."""

    label: str | Promise
    hs: tuple[str, ...] = ()
    reason: str | Promise = ""


def fold_goods(name: str) -> str:
    """The name of a group without case, signs and spaces: how statistics differ in writing it."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def _chapters(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"{number:02}" for number in range(first, last + 1))


GROUPS: Final[dict[str, Group]] = {
    TOTAL: Group(_("all goods")),
    "foodstuff": Group(_("foodstuffs"), _chapters(1, 22), PART),
    "fishandfishpreparation": Group(_("fish and fish preparations"), ("03", "1604"), HEADINGS),
    "meatandmeatpreparation": Group(_("meat and meat preparations"), ("02", "1602"), HEADINGS),
    "vegetables": Group(_("vegetables"), ("07",), SAME),
    "fruits": Group(_("fruit"), ("08",), SAME),
    "cerealscerealpreparation": Group(_("cereals and preparations"), ("10", "19"), SAME),
    "rawmaterials": Group(_("raw materials")),
    "oreofnonferrous": Group(_("non-ferrous ores"), ("2602", "2603", "2604", "2605"), PART),
    "ironoreandconcentrates": Group(_("iron ores"), ("2601",), HEADINGS),
    "wood": Group(_("wood"), ("44",), SAME),
    "mineralfuels": Group(_("mineral fuels"), ("27",), SAME),
    "petroleumproducts": Group(_("petroleum products"), ("2710",), HEADINGS),
    "petroleum": Group(_("crude petroleum"), ("2709",), HEADINGS),
    "lpg": Group(_("liquefied petroleum gas"), ("271112", "271113", "271119"), HEADINGS),
    "lng": Group(_("liquefied natural gas"), ("271111",), HEADINGS),
    "coal": Group(_("coal"), ("2701",), HEADINGS),
    "chemicals": Group(_("chemicals"), _chapters(28, 39), PART),
    "organicchemicals": Group(_("organic chemicals"), ("29",), SAME),
    "medicalproducts": Group(_("medical products"), ("30",), SAME),
    "plasticmaterials": Group(_("plastic materials"), ("39",), SAME),
    "photographicsupplies": Group(_("photographic supplies"), ("37",), SAME),
    "manufacturedgoods": Group(_("manufactured goods by material")),
    "ironandsteelproducts": Group(_("iron and steel products"), ("72", "73"), PART),
    "nonferrousmetals": Group(_("non-ferrous metals"), _chapters(74, 81), SAME),
    "manufacturesofmetals": Group(_("manufactures of metals"), ("82", "83"), PART),
    "nonmetallicmineralware": Group(_("non-metallic mineral ware"), ("68", "69", "70"), SAME),
    "textileyarnfabrics": Group(_("textile yarn and fabrics"), _chapters(50, 60), SAME),
    "papermanufactures": Group(_("paper and paper manufactures"), ("48",), SAME),
    "paperpapermanufactures": Group(_("paper and paper manufactures"), ("48",), SAME),
    "rubbermanufactured": Group(_("rubber goods"), ("40",), SAME),
    "machinery": Group(_("machinery"), ("84",), SAME),
    "powergeneratingmachine": Group(
        _("power generating machines"), tuple(f"84{n:02}" for n in range(1, 13)), HEADINGS
    ),
    "computersandunits": Group(_("computers and units"), ("8471",), HEADINGS),
    "partsofcomputer": Group(_("parts of computers"), ("8473",), HEADINGS),
    "metalworkingmachinery": Group(
        _("metalworking machinery"), tuple(str(n) for n in range(8454, 8464)), HEADINGS
    ),
    "textilemachines": Group(
        _("textile machines"), tuple(str(n) for n in range(8444, 8450)), HEADINGS
    ),
    "constructionmachines": Group(_("construction machines"), ("8429", "8430"), HEADINGS),
    "heatingorcoolingmachine": Group(
        _("heating and cooling machines"), ("8415", "8418", "8419"), HEADINGS
    ),
    "pumpandcentrifuges": Group(_("pumps and centrifuges"), ("8413", "8414", "8421"), HEADINGS),
    "mechanicalhandlingequip": Group(
        _("mechanical handling equipment"), ("8425", "8426", "8427", "8428"), HEADINGS
    ),
    "ballorrollerbearings": Group(_("ball and roller bearings"), ("8482",), HEADINGS),
    "semiconmachineryetc": Group(_("semiconductor machinery"), ("8486",), HEADINGS),
    "electricalmachinery": Group(_("electrical machinery"), ("85",), SAME),
    "electricalpowermachinery": Group(
        _("electrical power machinery"), ("8501", "8502", "8504"), HEADINGS
    ),
    "electricalapparatus": Group(
        _("electrical apparatus for circuits"), ("8535", "8536", "8537", "8538"), PART
    ),
    "insulatedwireandcable": Group(_("insulated wire and cable"), ("8544",), HEADINGS),
    "telephonytelegraphy": Group(_("telephony and telegraphy"), ("8517",), HEADINGS),
    "semiconductorsetc": Group(_("semiconductors and parts"), ("8541", "8542"), PART),
    "ic": Group(_("integrated circuits"), ("8542",), HEADINGS),
    "batteriesandaccumulators": Group(_("batteries and accumulators"), ("8506", "8507"), HEADINGS),
    "electricalmeasuring": Group(_("electrical measuring instruments"), ("9030",), PART),
    "transportequipment": Group(_("transport equipment"), _chapters(86, 89), SAME),
    "motorvehicles": Group(_("motor vehicles"), ("8702", "8703", "8704"), HEADINGS),
    "car": Group(_("passenger cars"), ("8703",), HEADINGS),
    "bustruck": Group(_("buses and trucks"), ("8702", "8704"), HEADINGS),
    "partsofmotorvehicles": Group(_("parts of motor vehicles"), ("8708",), HEADINGS),
    "motorcyclesautocycles": Group(_("motorcycles"), ("8711",), HEADINGS),
    "aircraft": Group(_("aircraft"), ("88",), SAME),
    "ships": Group(_("ships"), ("89",), SAME),
    "scientificopticalinst": Group(_("scientific and optical instruments"), ("90",), PART),
    "clothingandaccessories": Group(_("clothing"), ("61", "62"), SAME),
    "furniture": Group(_("furniture"), ("94",), PART),
    "others": Group(_("other goods")),
}


def groups_of(hs: set[str]) -> list[tuple[str, Group]]:
    """The groups that are about any of these six-digit codes, for each code the narrowest: by the
    longest beginning, and then the one that is about fewer codes."""
    found: dict[str, Group] = {}
    for code in sorted(hs):
        fitting = [
            ((len(beginning), -len(group.hs)), key)
            for key, group in GROUPS.items()
            for beginning in group.hs
            if code.startswith(beginning)
        ]
        narrowest = max((width for width, _key in fitting), default=None)
        found.update({key: GROUPS[key] for width, key in fitting if width == narrowest})
    return sorted(found.items())
