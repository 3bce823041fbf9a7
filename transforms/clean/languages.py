"""Which language a text is in, and whether it surely is another than the one that its source is fixed to."""

import functools
from typing import Optional

import py3langid
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from transforms.lexicon import table

#: Characters from which a language is told; more tell nothing new.
SAMPLE = 3_000
#: Characters from which a probability is told: of 310 real pages all but four have 0.99 by so many.
FEW = 1_000
#: A shorter text, in characters, is not surely in any language: half of it must tell as well.
SURE_LENGTH = 400
#: Probability from which a half is surely in a language.
SURE = 0.99


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of the language that `text` most likely is in."""
    return str(py3langid.classify(text[:SAMPLE])[0])


def other_language(text: str, fixed: str) -> str:
    """Return the language of a text that surely is not in `fixed`, empty where it is or may be.

    Both halves must be in it, and neither may be in a language that is easily taken for `fixed`.
    """
    sample = text[:SAMPLE]
    if len(sample) < SURE_LENGTH or fixed not in _identifier().labels:
        return ""
    found = detect_language(sample)
    if found == fixed or any({found, fixed} <= set(near.split()) for near in table("screens", "near")["languages"]):
        return ""
    middle = len(sample) // 2
    halves = [_identifier().classify(half) for half in (sample[:middle], sample[middle:])]
    return found if all(language == found and probability >= SURE for language, probability in halves) else ""


def confidence(text: str, language: Optional[str]) -> Optional[float]:
    """Return the probability, 0 to 1, that `text` is in a language; None where there is nothing to tell it by."""
    if not text or language not in _identifier().labels:
        return None
    return float(dict(_identifier().rank(text[:FEW])).get(language, 0.0))


@functools.cache
def _identifier() -> LanguageIdentifier:
    """Return the identifier that gives probabilities."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
