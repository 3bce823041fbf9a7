"""Sentences with offsets, and their dependency trees as plain records.

spaCy is met in this file alone: its model splits words, tags them and draws the tree, and what leaves is a `Tree` of
named tuples, so that the rules are tested without a model and a cached tree is small. The labels are those of the
model: Penn tags and ClearNLP dependencies.
"""

import importlib
import os
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from thinc.api import use_ops

from transforms.extract.embedding import embed_once
from transforms.loading import for_good

#: A longer sentence is a list, a table or a page without full stops; its tree would be noise and take long.
MAX_SENTENCE = 1_000
#: Articles are read up to here: the rest of a longer text is an archive, not a report.
MAX_TEXT = 100_000
#: How far back an abbreviation may begin. Without it a text of many sentences takes the square of its length.
LONGEST_WORD = 40
#: Trees kept by a worker, about 5 kB each.
CACHED_TREES = 2_048

#: The parts of the model that the rules do not ask. Without them it reads three times as fast.
UNUSED = ("ner", "lemmatizer", "attribute_ruler")

#: Words whose full stop ends no sentence. Capitals count: "no." ends one, "No. 10" does not.
ABBREVIATIONS = frozenset(
    [
        "Mr",
        "Mrs",
        "Ms",
        "Dr",
        "Prof",
        "Gen",
        "Col",
        "Lt",
        "Sgt",
        "Capt",
        "Maj",
        "Adm",
        "Sen",
        "Rep",
        "Gov",
        "Pres",
        "Rev",
        "Hon",
        "St",
        "Jr",
        "Sr",
        "No",
        "Nos",
        "Art",
        "Inc",
        "Ltd",
        "Co",
        "Corp",
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Sept",
        "Oct",
        "Nov",
        "Dec",
        "Mon",
        "Tue",
        "Tues",
        "Wed",
        "Thu",
        "Thurs",
        "Fri",
        "Sat",
        "Sun",
        "Dept",
        "Amb",
        "Sec",
        "Min",
        "vs",
        "e.g",
        "i.e",
        "cf",
        "approx",
    ]
)

_STOP = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[]*[A-ZÀ-ÞĀ-Ž0-9])")
_BEFORE_STOP = re.compile(r"([\w.]+)$")
_PARAGRAPH = re.compile(r"[^\n]+")
_BULLET = re.compile(r"\s*(?:(?:[•*▪◦·–—-]|#{1,6})\s+)?")
#: "NAIROBI, June 13 (HPA) – ", "BUSAN, South Korea (CPA) – ", "BERLIN (hpd) – ", "Colombo, Feb 8 (CPA) - ".
_DATELINE = re.compile(
    r"(?:(?P<capitals>[A-ZÀ-ÞĀ-Ž][A-ZÀ-ÞĀ-Ž'’.\- ]{2,40})(?:, ?[\w .]{2,30})?"
    r"|(?P<town>[A-ZÀ-Þ][\w'’.\- ]{2,30}), ?[A-Z][a-z]{2,8}\.? ?\d{1,2}(?:, ?\d{4})?)"
    r" ?(?:- ?)?(?:\([^()]{2,40}\))? ?[–—-]{1,2} +"
)


class Sentence(NamedTuple):
    """Half-open offsets into the article's text."""

    start: int
    end: int
    body: int  # where its words begin, after a dateline
    paragraph: int  # counted from 0
    dateline: str  # the place that the dateline names, as written; "" where there is none
    heading: bool  # a line without a full stop: it may lead in what follows


class Token(NamedTuple):
    """One word of a tree. Offsets count from the beginning of the tree's text."""

    text: str
    lower: str
    tag: str
    dep: str
    head: int  # its own index at a root
    start: int
    end: int


class Tree:
    """The dependency tree of one sentence."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text = text
        self.tokens = tuple(tokens)

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, index: int) -> Token:
        return self.tokens[index]

    @cached_property
    def _children(self) -> tuple[tuple[int, ...], ...]:
        found: list[list[int]] = [[] for _ in self.tokens]
        for index, token in enumerate(self.tokens):
            if token.head != index:
                found[token.head].append(index)
        return tuple(tuple(each) for each in found)

    def children(self, index: int, *deps: str) -> list[int]:
        """Return the words that hang on a word, in order; only those of the relations `deps` where some are named."""
        found = self._children[index]
        if not deps or not found:
            return list(found)
        tokens = self.tokens
        return [each for each in found if tokens[each].dep in deps]

    def below(self, index: int) -> list[int]:
        """Return a word and all that hangs on it, in the order of the sentence."""
        children = self._children
        found = [index]
        for each in found:
            found.extend(children[each])
        return sorted(found)

    def above(self, index: int) -> Iterator[int]:
        """Yield the words that a word hangs on, from its head to the root."""
        while (head := self.tokens[index].head) != index:
            yield head
            index = head

    def conjuncts(self, index: int) -> list[int]:
        """Return a word and those that "and", "or" or a comma joins to it."""
        found = [index]
        for each in found:
            found.extend(child for child in self.children(each, "conj") if child not in found)
        return found

    def words(self, indices: Iterable[int]) -> str:
        """Return the text from the first to the last of some words."""
        chosen = sorted(indices)
        return self.text[self.tokens[chosen[0]].start : self.tokens[chosen[-1]].end] if chosen else ""

    def at(self, offset: int) -> int | None:
        """Return the word that covers a character, or None between words."""
        for index, token in enumerate(self.tokens):
            if token.start <= offset < token.end:
                return index
        return None


def _ends_sentence(text: str, stop: re.Match[str]) -> bool:
    if stop.group()[0] != "." or stop.group().startswith(".."):
        return True
    before = _BEFORE_STOP.search(text, max(0, stop.start() - LONGEST_WORD), stop.start())
    if before is None:
        return True
    word = before.group(1)
    return not (word in ABBREVIATIONS or re.fullmatch(r"(?:[A-Za-z]\.)*[A-Z]|(?:[a-z]\.)+[a-z]", word))


def split(text: str) -> list[Sentence]:
    """Return the sentences of the first MAX_TEXT characters of a text; no sentence crosses a line.

    >>> text = "ROME (NN) – Mr. Rossi left. “Good,” she said."
    >>> [(text[each.body:each.end], each.dateline) for each in split(text)]
    [('Mr. Rossi left.', 'ROME'), ('“Good,” she said.', '')]
    """
    found: list[Sentence] = []
    for number, line in enumerate(_PARAGRAPH.finditer(text, 0, min(len(text), MAX_TEXT))):
        bullet = _BULLET.match(text, line.start(), line.end())
        start = bullet.end() if bullet else line.start()
        stops = [each.end() for each in _STOP.finditer(text, start, line.end()) if _ends_sentence(text, each)]
        for end in [*stops, line.end()]:
            piece = text[start:end]
            first = start + len(piece) - len(piece.lstrip())
            last = start + len(piece.rstrip())
            if last > first:
                dateline = _DATELINE.match(text, first, last)
                place = (dateline["capitals"] or dateline["town"]).strip() if dateline else ""
                heading = text[last - 1] not in ".!?…\"'”’»)"
                found.append(Sentence(first, last, dateline.end() if dateline else first, number, place, heading))
            start = end
    return found


def _one_thread() -> bool:
    """Say whether NumPy multiplies matrices in one thread.

    Then its OpenBLAS does so three times as fast as spaCy's BLIS (97 and 34 GFLOP/s at 300 x 288 x 288), and the model
    reads in two thirds of the time; of 2,354 sentences all trees were the same. Threads that wait for each other cost
    more than that.
    """
    return os.environ.get("OPENBLAS_NUM_THREADS") == "1"


def _opening(word: Token) -> Token:
    """Return the first word of a tree with its tag: its capital makes a name of "Accusing X of ..., Y left"."""
    return word._replace(tag="VBG") if word.dep == "advcl" and word.lower.endswith("ing") else word


def load(model: str) -> Callable[[Iterable[str]], Iterator[Tree]]:
    """Return a function that turns sentences into trees, in their order. `model` names an installed spaCy model.

    Raises:
        ImportError: the model is not installed.
    """
    with for_good(), use_ops("numpy", use_blis=not _one_thread()):
        language = importlib.import_module(model).load(exclude=list(UNUSED))
    if language.has_pipe("tok2vec"):
        embed_once(language.get_pipe("tok2vec").model.get_ref("embed"))

    def read(texts: Iterable[str]) -> Iterator[Tree]:
        for doc in language.pipe(texts):
            tokens = [
                Token(each.text, each.lower_, each.tag_, each.dep_, each.head.i, each.idx, each.idx + len(each))
                for each in doc
            ]
            yield Tree(doc.text, [*map(_opening, tokens[:1]), *tokens[1:]])

    return read


class Parser:
    """Reads sentences, each wording once: a copy of a paragraph costs nothing.

    The cache holds a pure function's results. Trees did not differ between single sentences and batches of 4 and 64
    in 543 sentences tried, so what else is read with a sentence does not show in its tree.
    """

    def __init__(self, read: Callable[[Iterable[str]], Iterator[Tree]], size: int = CACHED_TREES) -> None:
        self._read = read
        self._size = size
        self._trees: OrderedDict[str, Tree] = OrderedDict()

    def parse(self, texts: Sequence[str]) -> list[Tree]:
        """Return the trees of some sentences, in their order."""
        known = {text: self._trees[text] for text in texts if text in self._trees}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, self._read(new), strict=True))
        for text in texts:
            self._trees[text] = known[text]
            self._trees.move_to_end(text)
        while len(self._trees) > self._size:
            self._trees.popitem(last=False)
        return [known[text] for text in texts]
