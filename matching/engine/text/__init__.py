"""Reading Korean, Japanese and English text: scripts, concepts, and the bridge between them."""

from matching.engine.text.lexicon import Entry, Lexicon, Tags
from matching.engine.text.loanwords import latin_skeleton, phonemes
from matching.engine.text.readings import is_sino_korean, syllables
from matching.engine.text.scripts import Characters, read

__all__ = [
    "Characters",
    "Entry",
    "Lexicon",
    "Tags",
    "is_sino_korean",
    "latin_skeleton",
    "phonemes",
    "read",
    "syllables",
]
