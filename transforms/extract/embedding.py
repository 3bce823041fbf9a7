"""Embeds each distinct word of a batch once.

A language model begins by looking up a row for every word, from its spelling alone, and half of the words of a batch
have stood in it before. What comes out is the same to the last bit; reading takes a tenth less.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from thinc.api import Model
from thinc.types import Ragged

#: The layers of spaCy's MultiHashEmbed. Two work word by word: the lookups, and the mixing of what they give.
LAYERS = ("extract_features", "list2ragged", "with_array", "with_array", "ragged2list")
WORD_BY_WORD = slice(2, 4)
#: A row of features is told by a hash of 64 bits: their sum, each multiplied by an odd number of its own.
FACTORS = np.random.default_rng(0).integers(2**63, size=16, dtype=np.uint64) * 2 + 1


def embed_once(embed: Model) -> None:
    """Let a MultiHashEmbed work on each distinct row of features once, in place; it can learn no more.

    Other ways to embed words, such as that of a model with vectors, stay as they are.
    """
    if tuple(each.name.partition("(")[0] for each in embed.layers) == LAYERS:
        embed.layers[WORD_BY_WORD] = [Model("once", _forward, layers=embed.layers[WORD_BY_WORD])]


def _forward(model: Model, words: Ragged, is_train: bool) -> tuple[Ragged, Callable[[Any], Any]]:
    rows: Any = words.data
    _, first, back = np.unique((rows * FACTORS[: rows.shape[1]]).sum(axis=1), return_index=True, return_inverse=True)
    found = Ragged(rows[first], model.ops.asarray1i([len(first)]))
    for layer in model.layers:
        found = layer.predict(found)
    distinct: Any = found.data
    return Ragged(distinct[back], words.lengths), lambda change: change
