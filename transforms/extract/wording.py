"""What the words around a trigger are: its parties and places by position; papers, summits, ceremonies, calls."""

import functools

from transforms import lexicon
from transforms.extract.grammar import antecedent, is_passive, is_verb, led_by, subject
from transforms.extract.parse import Tree


@functools.lru_cache(maxsize=1_024)
def parties(tree: Tree, index: int) -> tuple[list[int], list[int]]:
    """Return who does and who suffers what a verb says."""
    doer = subject(tree, index)
    objects = [antecedent(tree, each) for each in tree.children(index, "dobj")]
    objects += [each for each in tree.children(index, "advmod") if tree[each].tag == "NNP" and each == index + 1]
    if tree[index].dep == "relcl" and not objects and tree[index].tag != "VBG":
        objects = [tree[index].head] if doer != tree[index].head else []
    if is_passive(tree, index):
        return led_by(tree, index, "by"), [] if doer is None else [doer]
    return [] if doer is None else [doer], objects


def where_to(tree: Tree, index: int) -> list[int]:
    return led_by(tree, index, *lexicon.table("verbs", "beside")["to"])


def where_inside(tree: Tree, index: int) -> list[int]:
    """Return where something is done, also where the parser hangs the place on another word behind the verb."""
    found = where_to(tree, index)
    return found + [each for each in _led_inside(tree, index, "in", "at") if each not in found]


def with_inside(tree: Tree, index: int) -> list[int]:
    """Return with whom something is done, also where the parser hangs the partner on another word behind the verb."""
    return led_by(tree, index, "with") or _led_inside(tree, index, "with")


def _led_inside(tree: Tree, index: int, *prepositions: str) -> list[int]:
    return [
        led
        for each in tree.below(index)
        if each > index and tree[each].lower in prepositions and not _in_another_clause(tree, each, index)
        for led in tree.children(each, "pobj")
    ]


def _in_another_clause(tree: Tree, word: int, verb: int) -> bool:
    for node in tree.above(word):
        if node == verb:
            return False
        if is_verb(tree, node):
            return True
    return True


def inviters(tree: Tree, *words: int) -> list[int]:
    """Return at whose invitation something takes place, said at some words."""
    found = []
    for word in words:
        for each in led_by(tree, word, "at", "on"):
            if tree[each].lower == "invitation":
                found += led_by(tree, each, "of", "from") + tree.children(each, "poss")
    return found


def trigger_verbs() -> frozenset[str]:
    return lexicon.words("verbs", "verbs", "visit", "go", "meet", "attend")


def holds_an_event(tree: Tree, verb: int) -> bool:
    """Say whether "to visit", "to pay a visit" tells the event itself."""
    objects = tree.children(verb, "dobj")
    return lexicon.verb(tree[verb].lower) in trigger_verbs() or any(is_event_noun(tree, each) for each in objects)


def is_event_noun(tree: Tree, index: int) -> bool:
    noun = lexicon.noun(tree[index].lower)
    return noun in lexicon.words("verbs", "nouns", "visit", "meet") or noun in lexicon.words("verbs", "beside", "many")


def is_gift(tree: Tree, index: int) -> bool:
    """Say whether what is given or received is money or help: AID, and no guest."""
    return bool({tree[each].lower for each in tree.below(index)} & lexicon.words("verbs", "beside", "gift"))


def is_occasion(tree: Tree, index: int) -> bool:
    """Say whether a noun is a ceremony or feast of one state."""
    return lexicon.noun(tree[index].lower) in lexicon.words("verbs", "beside", "occasion")


def is_many(tree: Tree, index: int) -> bool:
    many = lexicon.noun(tree[index].lower) in lexicon.words("verbs", "beside", "many")
    return many and not is_of_the_press(tree, index)


def is_of_the_press(tree: Tree, index: int) -> bool:
    return any(tree[each].lower in ("news", "press", "media") for each in tree.children(index, "compound", "amod"))


def is_paper(tree: Tree, index: int) -> bool:
    papers = lexicon.words("verbs", "beside", "paper")
    heads = [*tree.conjuncts(index)]
    if tree[index].lower in ("number", "series", "range", "package", "set", "raft"):
        heads += led_by(tree, index, "of")
    return any(lexicon.noun(tree[each].lower) in papers or tree[each].lower in papers for each in heads)


def is_letter(tree: Tree, index: int) -> bool:
    return lexicon.noun(tree[index].lower) in ("letter", "statement", "document", "paper")


def speaking() -> frozenset[str]:
    return lexicon.words("verbs", "verbs", "speak", "phone")


def is_phone_noun(tree: Tree, index: int) -> bool:
    if not _ends_a_call(tree[index].lower):
        return False
    modifiers = [tree[each].lower for each in tree.children(index, "compound", "amod", "nmod")]
    phrases = lexicon.words("verbs", "nouns", "phone")
    if tree[index].lower in ("call", "calls") and led_by(tree, index, "with"):
        return True
    return any(f"{each} {lexicon.noun(tree[index].lower)}" in phrases for each in modifiers) or any(
        f"{each} {tree[index].lower.rstrip('s')}" in phrases for each in modifiers
    )


@functools.lru_cache(maxsize=65_536)
def _ends_a_call(word: str) -> bool:
    """Say whether a lower-case word is the last one of "phone call" and the like."""
    last = {each.split(" ")[-1] for each in lexicon.words("verbs", "nouns", "phone")}
    return lexicon.noun(word) in last or word.rstrip("s") in last


def flags_of(tree: Tree, index: int) -> set[str]:
    below = {tree[each].lower for each in tree.below(index)}
    flags = set()
    if below & lexicon.words("verbs", "beside", "under"):
        flags.add("neutral")
    if below & lexicon.words("verbs", "beside", "by_wire"):
        flags.add("wire")
    return flags
