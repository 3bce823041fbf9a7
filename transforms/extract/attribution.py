"""Who says so: the chain of speakers above an event, outermost first.

"Reuters reported, citing a source" is one chain of two; "the ministry and the palace announced" are two chains.
The outlet that speaks in its own voice is no speaker.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from transforms import lexicon
from transforms.extract.grammar import is_passive, is_verb, led_by, negated, subject, verb
from transforms.extract.parse import Tree


class Claim(NamedTuple):
    """One speaker or several who speak as one. Words by index."""

    speakers: tuple[int, ...]  # heads of noun phrases; conjuncts are parallel claims
    told: tuple[int, ...]  # an outlet that was told: outer to the speakers
    cited: tuple[int, ...]  # whom the speakers cite: inner to them


def _is_speech(tree: Tree, index: int) -> bool:
    kinds = lexicon.kinds("speech", "verbs")
    return is_verb(tree, index) and (lexicon.verb(tree[index].lower) in kinds or verb(tree, index) in kinds)


def _is_official(tree: Tree, index: int) -> bool:
    return lexicon.verb(tree[index].lower) in lexicon.words("speech", "verbs", "official")


def _speakers(tree: Tree, index: int) -> list[int]:
    if is_passive(tree, index):
        return led_by(tree, index, "by")
    own = tree.children(index, "nsubj")
    if own:
        return own[:1]
    shared = subject(tree, index)
    return [] if shared is None else [shared]


def _told(tree: Tree, index: int) -> list[int]:
    """Return the outlet that is told: "told Radio Y". Reporters, parliament and rallies are everyone."""
    if lexicon.verb(tree[index].lower) != "tell":
        return []
    everyone = lexicon.words("speech", "words", "audience")
    heard = tree.children(index, "dobj", "dative")[:1]
    return [each for each in heard if tree[each].tag.startswith("NNP") and tree[each].lower not in everyone]


def _cited(tree: Tree, index: int) -> list[int]:
    found = []
    for each in tree.below(index):
        if tree[each].lower in lexicon.words("speech", "words", "citing"):
            found.extend(_sources(tree, each))
    return found


def _sources(tree: Tree, citing: int) -> list[int]:
    """Return whom "citing" or "according to" names; of a statement its author."""
    named = tree.children(citing, "dobj") or led_by(tree, citing, "to") or tree.children(citing, "pobj")
    found: list[int] = []
    for each in named[:1]:
        authors = _authors(tree, each)
        trailing = [other for other in tree.children(citing, "npadvmod", "appos", "conj") if other > each]
        found.extend(trailing[:1] or authors or [each])
    return found


def _authors(tree: Tree, paper: int) -> list[int]:
    if lexicon.noun(tree[paper].lower) not in lexicon.words("speech", "words", "statement"):
        return []
    by = led_by(tree, paper, "by", "from", "of") + tree.children(paper, "poss")
    for each in tree.children(paper, "acl"):
        by += led_by(tree, each, "by")
    return by


def claims(tree: Tree, core: int) -> list[Claim]:
    """Return who says that the event at a word is so, outermost first."""
    found: list[tuple[int, Claim]] = []
    chain = [core, *tree.above(core)]
    telling = False  # a clause that the parser hung on a noun below its verb of speech
    for depth, node in enumerate(chain):
        below = chain[depth - 1] if depth else None
        if below is not None and _apart(tree, below):
            break
        telling = telling or (below is not None and _is_told(tree, below))
        if below is not None and _is_speech(tree, node) and (telling or _says(tree, node, below)):
            found.append((depth, _claim(tree, node)))
            telling = False
        found.extend((depth, each) for each in _beside(tree, node, chain))
    found = [(depth, each) for depth, each in found if each.speakers or each.cited]
    ordered = sorted(found, key=lambda each: -each[0])
    return list(dict.fromkeys(each for _, each in ordered))


def _apart(tree: Tree, clause: int) -> bool:
    """Say whether what stands above a clause does not say it: a relative clause, "after he arrived"."""
    dep = tree[clause].dep
    return (dep == "relcl" and not _is_told(tree, clause)) or (dep == "advcl" and bool(tree.children(clause, "mark")))


def _is_told(tree: Tree, clause: int) -> bool:
    """Say whether "that" makes a clause what is told, though it hangs on a noun: "said in a briefing that X left"."""
    marks = tree.children(clause, "mark")
    return tree[clause].dep == "relcl" and any(tree[each].lower == "that" for each in marks)


def _says(tree: Tree, node: int, below: int) -> bool:
    dep = tree[below].dep
    if dep in ("ccomp", "xcomp", "acl", "advcl", "pcomp"):
        bare = dep == "advcl" and not tree.children(below, "mark", "advmod") and bool(tree.children(below, "nsubj"))
        return dep == "ccomp" or bare or (dep == "xcomp" and is_passive(tree, node))
    if dep in ("dobj", "nsubjpass"):
        return not (_is_official(tree, node) and negated(tree, node))
    return False


def _claim(tree: Tree, node: int) -> Claim:
    return Claim(tuple(_speakers(tree, node)), tuple(_told(tree, node)), tuple(_cited(tree, node)))


def _beside(tree: Tree, node: int, chain: Sequence[int]) -> list[Claim]:
    """Return the speakers put beside a clause: "..., the ministry said", "according to the ministry"."""
    found = []
    for child in tree.children(node):
        if child in chain:
            continue
        if tree[child].lower in lexicon.words("speech", "words", "according"):
            found.append(Claim(tuple(_sources(tree, child)), (), ()))
        elif _is_speech(tree, child) and _inserted(tree, child):
            found.append(_claim(tree, child))
    return found


def _inserted(tree: Tree, child: int) -> bool:
    """Say whether a verb of speech is put in between commas, with a subject and no clause of its own."""
    dep = tree[child].dep
    if not tree.children(child, "nsubj") or tree.children(child, "ccomp", "dobj"):
        return False
    if dep == "parataxis":
        return True
    joined = {tree[each].lower for each in tree.children(tree[child].head, "cc")}
    first = tree.below(child)[0]
    after_comma = first > 0 and tree[first - 1].text in (",", "”", '"', "''")
    return dep in ("conj", "ccomp", "advcl", "dep") and after_comma and (not joined or dep != "conj")


#: Parallel claims, each outermost first.
Chains = tuple[tuple[str, ...], ...]


def is_official(chains: Chains, spokespersons: Collection[str] = ()) -> bool:
    """Say whether an official body, or somebody who speaks for one, is among those who say it.

    >>> is_official((("Radio Y", "Foreign Ministry"),)), is_official((("ministry source",),))
    (True, False)
    """
    body = lexicon.words("speech", "words", "body")
    last = [chain[-1] for chain in chains if chain]
    return any(each in spokespersons or body.intersection(each.lower().split()[-1:]) for each in last)


def chains(tree: Tree, core: int, name: Callable[[int], str]) -> Chains:
    """Return the chains of speakers above an event.

    Args:
        name: what a noun phrase, by its head, is called.
    """
    found = claims(tree, core)
    outer: list[str] = []
    parallel: list[tuple[str, ...]] = []
    for claim in found:
        heads = [each for head in claim.speakers for each in tree.conjuncts(head)]
        names = [said for said in map(name, heads) if said]
        outer += [name(each) for each in claim.told]
        if len(names) > 1 and claim is found[-1]:
            parallel = [(*outer, each) for each in names]
            outer = []
        else:
            outer += names[:1] + [name(each) for each in claim.cited]
    if outer:
        parallel.append(tuple(outer))
    return tuple(parallel)


def speaker_of(tree: Tree) -> tuple[int, ...]:
    """Return who speaks in a sentence as a whole, for the quotation that goes on in the next one."""
    for index in range(len(tree)):
        if _is_speech(tree, index) and tree[index].dep in ("ROOT", "parataxis", "conj", "ccomp"):
            own = tree.children(index, "nsubj")
            if own:
                return tuple(own[:1])
    return ()
