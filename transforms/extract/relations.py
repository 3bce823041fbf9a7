"""What stands in which relation to a trigger: the same names for the clause of a verb and the phrase of a noun.

`subject` is who does it, `object` whom or what it is done to, in whatever form the sentence has it: "X attacked Y",
"Y was attacked by X", "X's attack on Y", "X launched an attack on Y".
"""

import functools

from transforms import lexicon
from transforms.extract.countries import country_of
from transforms.extract.grammar import is_noun, is_passive, is_verb, led_by, subject
from transforms.extract.nouns import governor_of
from transforms.extract.parse import Tree
from transforms.extract.rules import Rule, words
from transforms.extract.wording import parties

#: Relations of the tree that a clause of its own begins with.
CLAUSES = ("relcl", "ccomp", "advcl", "acl", "parataxis")
#: Parties of the clause below a verb.
_OF_CLAUSES = {"clause-subject": ("nsubj", "nsubjpass"), "clause-object": ("dobj",)}


def related(tree: Tree, index: int, relation: str, rule: Rule) -> list[int]:
    """Return the words that stand in a relation to a trigger: subject, object, owner, clause, or prepositions
    ("on|upon")."""
    if is_verb(tree, index):
        return _of_verb(tree, index, relation, rule)
    return _of_noun(tree, index, relation, rule)


def _of_verb(tree: Tree, index: int, relation: str, rule: Rule) -> list[int]:
    doers, done = parties(tree, index)
    dative = [each for each in tree.children(index, "dative") if tree[each].tag not in ("IN", "TO")]
    done = done + dative + tree.children(index, "oprd") + _behind_particle(tree, index, rule)
    if relation == "subject":
        return doers
    if relation == "speaker":
        said = subject(tree, tree[index].head) if tree[index].dep == "ccomp" else None
        return [] if said is None else [said]
    if relation == "object":
        return done
    if relation == "owner":
        return [owner for each in done for owner in tree.children(each, "poss")]
    if relation == "dative":
        return dative
    if relation == "maker":
        return [
            each
            for doer in doers
            for each in (
                *tree.children(doer, "poss"),
                *_demonyms(tree, doer),
                *led_by(tree, doer, "from", "of", "between"),
                *(led for fired in tree.children(doer, "acl") for led in led_by(tree, fired, "from", "by")),
            )
        ]
    if relation in ("content", "aim"):
        return tree.children(index, "ccomp") if relation == "content" else _aims(tree, index)
    clauses = _clauses(tree, index, done)
    if relation == "clause":
        return clauses
    if relation in _OF_CLAUSES:
        return [each for clause in clauses for each in tree.children(clause, *_OF_CLAUSES[relation])]
    prepositions = relation.split("|")
    return [led for each in (index, *done) for led in led_by(tree, each, *prepositions)]


def _aims(tree: Tree, index: int) -> list[int]:
    """Return what somebody does something for, or while saying: "marched to demand", "marched, demanding"."""
    aims = [each for each in tree.children(index, "advcl", "xcomp") if tree[each].tag in ("VB", "VBG")]
    return [inner for each in aims for inner in tree.conjuncts(each)]


def _behind_particle(tree: Tree, index: int, rule: Rule) -> list[int]:
    """Return the object of "handed in X" and "called in X", where the parser takes the particle for a preposition."""
    verb = lexicon.verb(tree[index].lower)
    particles = [each for each in tree.children(index, "prep") if f"{verb} {tree[each].lower}" in rule.verbs]
    return [each for particle in particles for each in tree.children(particle, "pobj")]


def _clauses(tree: Tree, index: int, done: list[int]) -> list[int]:
    found = tree.children(index, "xcomp", "ccomp")
    found += [each for inner in done for each in tree.children(inner, "acl", "relcl") if tree[each].tag == "VB"]
    found += [each for each in tree.children(index, "advcl") if tree[each].tag == "VB"]
    found += [each for each in tree.children(index, "advcl") if tree[each].tag == "VBG" and index < each <= index + 2]
    for preposition in tree.children(index, "prep"):
        found += tree.children(preposition, "pcomp")
    return [inner for each in found for inner in tree.conjuncts(each)]


def _of_noun(tree: Tree, index: int, relation: str, rule: Rule) -> list[int]:
    owners = tree.children(index, "poss")
    of = led_by(tree, index, "of")
    theirs = rule.owned == "subject" or bool(of)
    if relation == "subject":
        named = led_by(tree, index, "by") + (owners if theirs else []) + _demonyms(tree, index)
        return named or _carriers(tree, index)
    if relation == "object":
        return of or ([] if theirs else owners)
    if relation == "owner":
        return owners
    if relation == "clause":
        return [inner for each in tree.children(index, "acl", "relcl") for inner in tree.conjuncts(each)]
    if relation == "carried":
        governor = governor_of(tree, index)
        return [] if governor is None or governor[1] not in ("dobj", "nsubjpass", "of", "on") else [governor[0]]
    prepositions = relation.split("|")
    inner = [each for each in prepositions if each in ("between", "with")]  # "the signing of accords between X and Y"
    below = [led for each in of for led in led_by(tree, each, *inner)] if inner else []
    return led_by(tree, index, *prepositions) + below + _carried_by(tree, index, *prepositions)


def _demonyms(tree: Tree, index: int) -> list[int]:
    """Return the capitalised words before a noun that may say whose it is: "the Xish attack"."""
    before = [each for each in tree.children(index, "amod", "compound", "nmod") if each < index]
    capital = [each for each in before if tree[each].text[:1].isupper()]
    named = [each for each in capital if not _is_prefix(tree, each) and not _only_opens(tree, each)]
    return named or [each for each in before if _is_armed(tree, each)]


def _is_armed(tree: Tree, index: int) -> bool:
    """Say whether a noun before another says who did it: "a police raid", "a rebel attack"; a weapon is nobody."""
    noun = lexicon.noun(tree[index].lower)
    return tree[index].dep == "compound" and noun in words("raiders")


def _only_opens(tree: Tree, index: int) -> bool:
    """Say whether a word has its capital from where it stands: "Mass protests", "Heavy shelling"."""
    return index == 0 and not tree[index].tag.startswith("NNP") and country_of(tree[index].text) is None


def _is_prefix(tree: Tree, index: int) -> bool:
    """Say whether a word is the first half of "Anti-government"."""
    return tree[index].lower in ("anti", "pro", "ex", "non") and tree[index + 1].text == "-"


def hyphenated(tree: Tree, index: int) -> str | None:
    """Return "sit-in" for the last of the three words that the parser makes of it; else None."""
    if index < 2 or tree[index - 1].text != "-":
        return None
    return f"{tree[index - 2].lower}-{lexicon.noun(tree[index].lower)}"


def carrier(tree: Tree, index: int) -> int | None:
    """Return the light verb that a noun is the object or subject of: "launched an attack"."""
    head = tree[index].head
    if tree[index].dep == "conj":
        return carrier(tree, head)
    direct = tree[index].dep in ("dobj", "nsubjpass", "oprd", "attr")
    if tree[index].dep == "pobj" and tree[head].dep == "prep":
        direct, head = tree[head].lower in ("on", "in", "into", "with", "out"), tree[head].head
    return head if direct and is_verb(tree, head) and lexicon.verb(tree[head].lower) in words("carriers") else None


def _carriers(tree: Tree, index: int) -> list[int]:
    node = carrier(tree, index)
    if node is None:
        return []
    if is_passive(tree, node):
        return led_by(tree, node, "by")
    doer = subject(tree, node)
    return [] if doer is None or doer == index else [doer]


def _carried_by(tree: Tree, index: int, *prepositions: str) -> list[int]:
    node = carrier(tree, index)
    return [] if node is None else led_by(tree, node, *prepositions)


# ---------------------------------------------------------------- words


def counted(tree: Tree, head: int) -> list[int]:
    """Return a head, what is joined to it, and what "a column of", "hundreds of" count."""
    found = tree.conjuncts(head)
    for each in list(found):
        counted = tree[each].tag in ("CD", "DT", "PDT") or lexicon.noun(tree[each].lower) in words("counts")
        if counted:
            found += [inner for led in led_by(tree, each, "of") for inner in tree.conjuncts(led)]
    return found


@functools.lru_cache(maxsize=1_024)
def names(tree: Tree, index: int) -> frozenset[str]:
    """Return a word's singular or verb, and with what stands before it: "hunger strike"."""
    lower = tree[index].lower
    if is_verb(tree, index):
        return frozenset({lexicon.verb(lower), lower})
    single = {lexicon.noun(lower), lower}
    if (whole := hyphenated(tree, index)) is not None:
        single.add(whole)
    before = [tree[each].lower for each in tree.children(index, "compound", "amod", "nmod") if each < index]
    phrase = " ".join([*before, lower])
    before_it = {f"{each} {word}" for each in before for word in single}
    return frozenset(single | {phrase} | before_it | _of_names(tree, index, single))


def _of_names(tree: Tree, index: int, single: set[str]) -> set[str]:
    """Return "state of emergency" for "state"."""
    of = [tree[each].lower for each in led_by(tree, index, "of")]
    return {f"{word} of {each}" for word in single for each in of}


@functools.lru_cache(maxsize=1_024)
def phrase_words(tree: Tree, index: int) -> frozenset[str]:
    """Return the words of a trigger's clause, other clauses left out; of a noun with those of its verb."""
    top = index
    if is_noun(tree, index):
        top = next((each for each in tree.above(index) if is_verb(tree, each)), index)
    found: set[str] = set()
    open_ = [top]
    while open_:
        node = open_.pop()
        found |= names(tree, node)
        open_ += [each for each in tree.children(node) if tree[each].dep not in CLAUSES]
    return frozenset(found)


def carries(tree: Tree, verb: int) -> bool:
    return lexicon.verb(tree[verb].lower) in words("carriers")
