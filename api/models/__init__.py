"""Tokens and their uses, the answers that are kept, and what was taken along."""

from api.models.exports import Export
from api.models.kept import KeptAnswer
from api.models.systems import System
from api.models.tokens import Token, TokenQuerySet, TokenUse

__all__ = ["Export", "KeptAnswer", "System", "Token", "TokenQuerySet", "TokenUse"]
