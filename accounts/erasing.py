"""Taking a person out of texts, and what stands in the way of an erasure.

Apps above say in their `ready()` in which texts people are named (`register_texts`) and what has
to be settled first (`register_obstacle`).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import phonenumbers
from django.db import models
from django.utils.functional import Promise
from django.utils.html import escape

from accounts.models import User

BLACKED_OUT: Final = "▇▇▇"
# Shorter names would take letters out of other words.
SHORTEST_NAME: Final = 2

Texts = tuple[type[models.Model], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why the person cannot be erased yet, and where they settle it."""

    sentence: str | Promise
    path: str


ObstacleCheck = Callable[[User], Iterable[Obstacle]]
_texts: list[Texts] = []
_checks: list[ObstacleCheck] = []


def register_texts(model: type[models.Model], *fields: str) -> None:
    """People may be named in these fields: whoever is erased is blacked out there."""
    _texts.append((model, fields))


def register_obstacle(check: ObstacleCheck) -> None:
    """Ask `check` before an erasure is taken down, and again before it is done."""
    _checks.append(check)


def obstacles(user: User) -> list[Obstacle]:
    return [found for check in _checks for found in check(user)]


@dataclass(frozen=True, slots=True)
class Identity:
    """By what a person is known: addresses, names and telephone, as they stand in texts."""

    addresses: tuple[str, ...]
    names: tuple[str, ...]
    phone: str

    @property
    def words(self) -> list[str]:
        """Each as written and as HTML writes it, longest first."""
        plain = [*self.addresses, *self.names]
        return sorted({form for word in plain for form in (word, escape(word))}, key=len)[::-1]

    @property
    def phone_expression(self) -> str:
        """The telephone number however it is written, with or without the country; "" without one.

        Understood by Python and by PostgreSQL.
        """
        try:
            national = phonenumbers.parse(self.phone).national_number
        except phonenumbers.NumberParseException:
            return ""
        return r"(?:\+?[0-9]{1,3})?[-\s().]*0?" + r"[-\s().]*".join(str(national))

    @property
    def pattern(self) -> re.Pattern[str]:
        """Names in Latin letters only as whole words: Kim is not in Kimchi."""
        words = [_bounded(word) for word in self.words]
        return re.compile("|".join(filter(None, [*words, self.phone_expression])), re.IGNORECASE)


def identity_of(user: User, addresses: Iterable[str]) -> Identity:
    names = {user.name.strip(), user.name_kana.strip()}
    return Identity(
        addresses=tuple({user.email, *(address.lower() for address in addresses)}),
        names=tuple(name for name in names if len(name) >= SHORTEST_NAME),
        phone=user.phone,
    )


def black_out(identity: Identity) -> int:
    """Take the person out of every registered text; return how many rows were changed."""
    pattern = identity.pattern
    changed = 0
    for model, fields in _texts:
        named = models.Q()
        for field in fields:
            for word in identity.words:
                named |= models.Q(**{f"{field}__icontains": word})
            if identity.phone_expression:
                named |= models.Q(**{f"{field}__regex": identity.phone_expression})
        rows: Any = model._default_manager.filter(named).only("pk", *fields)
        for row in rows.iterator(chunk_size=200):
            before = [getattr(row, field) for field in fields]
            after = [pattern.sub(BLACKED_OUT, text) for text in before]
            if after != before:
                model._default_manager.filter(pk=row.pk).update(
                    **dict(zip(fields, after, strict=True))
                )
                changed += 1
    return changed


def _bounded(word: str) -> str:
    exact = re.escape(word)
    before = r"(?<![A-Za-z0-9])" if word[0].isascii() else ""
    after = r"(?![A-Za-z0-9])" if word[-1].isascii() else ""
    return f"{before}{exact}{after}"
