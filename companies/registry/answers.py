"""What a register can answer."""

from dataclasses import dataclass, field

from companies.choices import RegistryOutcome


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome with what the register says of the firm.

    `facts`: name, name_en, address, status, closed_on; those that the register gives, as text.
    `error`: for staff, never shown to firms, and never with the key in it.
    """

    outcome: RegistryOutcome
    facts: dict[str, str] = field(default_factory=dict)
    error: str = ""

    @property
    def is_final(self) -> bool:
        """Whether asking again in a moment would answer the same."""
        return self.outcome not in (RegistryOutcome.UNREACHABLE, RegistryOutcome.LIMITED)


def known(**facts: object) -> dict[str, str]:
    """The facts that are filled, as stripped text."""
    return {name: text for name, value in facts.items() if (text := str(value or "").strip())}
