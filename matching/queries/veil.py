"""The one place that decides what of the other firm a side may read.

Until the introduction nobody reads contact data, and of a firm that hides its name nobody reads
what names it; from the introduction on everything is shown.
"""

from dataclasses import dataclass
from typing import Any

from common.localisation import active_language, pick
from companies.masking import without_contacts, without_identity
from companies.models import Company, Need, Offering
from companies.wording import blind_description
from matching.choices import MatchState, Side
from matching.models import Match

Text = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Veil:
    """What is shown of `company`, the other firm. Texts come as (text, language)."""

    company: Company
    is_introduced: bool

    @property
    def is_name_hidden(self) -> bool:
        return self.company.is_name_hidden and not self.is_introduced

    def name(self) -> Text:
        """The firm's name, or a phrase that describes it."""
        if self.is_name_hidden:
            return blind_description(self.company), active_language()
        return pick(self.company, "name")

    def words(self, text: str) -> str:
        """The firm's own words, as far as they may be read."""
        if self.is_introduced or not text:
            return text
        if self.is_name_hidden:
            return without_identity(text, self.company)
        return without_contacts(text)

    def own_text(self, item: Need | Offering, field: str) -> Text:
        """`title` or `text` of the firm's item: in the reader's language if the firm wrote it in
        that one too, else in the language it wrote it in."""
        reader = active_language()
        text, language = pick(item, field, order=(reader, item.language, "en", "ko", "ja"))
        return self.words(text), language


def veil_of(match: Match, side: Side) -> Veil:
    """What `side` may know of the other firm."""
    return Veil(match.company_of(side.other), match.state == MatchState.INTRODUCED)


#: What `Veil` reads of both firms, for `prefetch_related`.
VEILED: tuple[Any, ...] = tuple(
    f"{item}__company__{relation}"
    for item in ("need", "offering")
    for relation in ("sectors", "memberships__user")
)
