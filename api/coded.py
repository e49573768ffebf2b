"""What a row points to, told by its code."""

from typing import Any

from rest_framework import serializers
from rest_framework.relations import MANY_RELATION_KWARGS


class Codes(serializers.ManyRelatedField):
    """Several coded rows; to be read, their codes come with the row itself: see `with_codes`."""

    def get_attribute(self, instance: Any) -> Any:
        codes = getattr(instance, f"{self.field_name}_codes", None)
        return super().get_attribute(instance) if codes is None else codes

    def to_representation(self, iterable: Any) -> list[str]:
        if isinstance(iterable, list):
            return iterable
        told: list[str] = super().to_representation(iterable)
        return told


class Coded(serializers.SlugRelatedField[Any]):
    """A coded row by its code; of many rows the codes have been looked up beforehand."""

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> Codes:
        of_list = {name: kwargs[name] for name in MANY_RELATION_KWARGS if name in kwargs}
        return Codes(child_relation=cls(*args, **kwargs), **of_list)

    def to_representation(self, obj: Any) -> str:
        return obj if isinstance(obj, str) else str(super().to_representation(obj))

    def to_internal_value(self, data: Any) -> Any:
        known = self.context.get("codes")
        if known is None:
            return super().to_internal_value(data)
        if not isinstance(data, str):
            self.fail("invalid")
        found = known[self.get_queryset().model].get(data)
        if found is None:
            self.fail("does_not_exist", slug_name=self.slug_field, value=data)
        return found
