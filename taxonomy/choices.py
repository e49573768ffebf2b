from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class Country(models.TextChoices):
    KR = "KR", _("Korea")
    JP = "JP", _("Japan")

    @property
    def other(self) -> "Country":
        return Country.JP if self == Country.KR else Country.KR


class ConceptKind(models.TextChoices):
    PRODUCT = "product", _("product")
    MATERIAL = "material", _("material")
    PROCESS = "process", _("process")
    EQUIPMENT = "equipment", _("equipment")
    APPLICATION = "application", _("application")
    PROPERTY = "property", _("property")
    SERVICE = "service", _("service")
    THEME = "theme", _("cooperation theme")
    INDUSTRY = "industry", _("industry")


class Dimension(models.TextChoices):
    """Volumes of one dimension can be compared after multiplying by the unit's factor."""

    COUNT = "count", _("number")
    MASS = "mass", _("mass")
    VOLUME = "volume", _("volume")
    LENGTH = "length", _("length")
    AREA = "area", _("area")
    ENERGY = "energy", _("energy")
    CHARGE = "charge", _("charge")
    TIME = "time", _("time")
    DOSE = "dose", _("doses")
    TEST = "test", _("tests")
    GAS_VOLUME = "gas_volume", _("gas volume")
    POWER = "power", _("power")
    EFFORT = "effort", _("effort")
    CONTAINER = "container", _("containers")
    PROJECT = "project", _("projects")
    SET = "set", _("sets")
    LOT = "lot", _("lots")
    BOX = "box", _("boxes")
    ROLL = "roll", _("rolls")


class RevisionKind(models.TextChoices):
    CREATE = "create", _("concept added")
    EDIT = "edit", _("concept changed")
    MERGE = "merge", _("merge")
    UNDO = "undo", _("undo")


class RevisionState(models.TextChoices):
    """weighing → weighed → applying → applied; dropped or failed before it is applied"""

    WEIGHING = "weighing", _("being worked out")
    WEIGHED = "weighed", _("waiting for confirmation")
    APPLYING = "applying", _("being applied")
    APPLIED = "applied", _("applied")
    DROPPED = "dropped", _("dropped")
    FAILED = "failed", _("failed")


REVISION_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    RevisionState.WEIGHING: (
        RevisionState.WEIGHING,
        RevisionState.WEIGHED,
        RevisionState.DROPPED,
        RevisionState.FAILED,
    ),
    RevisionState.WEIGHED: (RevisionState.APPLYING, RevisionState.DROPPED),
    RevisionState.APPLYING: (RevisionState.APPLYING, RevisionState.APPLIED),
}
