"""What the rules ask of a dependency tree: subject, object, tense, negation.

Labels are those of the English spaCy models (ClearNLP): `xcomp` a clause without subject of its own, `relcl` a relative
clause, `pobj` what a preposition leads to, `agent` the "by" of a passive.
"""

import functools

from transforms import lexicon
from transforms.extract.parse import Tree

RELATIVE = frozenset({"who", "which", "that", "whom"})
#: "invited her to visit": who visits is the object.
OBJECT_CONTROL = frozenset(
    {"invite", "ask", "urge", "send", "allow", "tell", "expect", "call", "persuade", "advise", "encourage"}
)

#: "accused X of having done": who did it is the object.
ACCUSING = frozenset(
    {
        "accuse",
        "blame",
        "suspect",
        "convict",
        "charge",
        "bar",
        "ban",
        "stop",
        "prevent",
        "prohibit",
        "sanction",
        "fault",
    }
)


def is_verb(tree: Tree, index: int) -> bool:
    """Say whether a word is tagged as a verb or modal."""
    return tree[index].tag[:2] in ("VB", "MD")


def is_noun(tree: Tree, index: int) -> bool:
    """Say whether a word is tagged as a noun or name."""
    return tree[index].tag[:2] == "NN"


def verb(tree: Tree, index: int) -> str:
    """Return the verb that a word inflects, with its particle or fixed adverb: "call off", "take place"."""
    lemma = lexicon.verb(tree[index].lower)
    for child in tree.children(index, "prt", "advmod", "dobj", "prep"):
        phrase = f"{lemma} {tree[child].lower}"
        if phrase in _phrases() and child > index:
            return phrase
    return lemma


@functools.cache
def _phrases() -> frozenset[str]:
    lists = lexicon.words("statuses", "verbs") | lexicon.words("verbs", "beside", "carry")
    return frozenset(each for each in lists if " " in each)


def antecedent(tree: Tree, index: int) -> int:
    """Return the noun that a relative pronoun stands for; any other word stands for itself."""
    if tree[index].lower not in RELATIVE or tree[index].tag[0] not in "WI":
        return index
    for node in (tree[index].head, *tree.above(tree[index].head)):
        if tree[node].dep == "relcl":
            return tree[node].head
    return index


def effective(tree: Tree, index: int) -> int:
    """Return the verb that "is to" leads to: "is to be held" says what "held" says. Other verbs say it themselves."""
    if tree[index].lower in ("is", "are", "was", "were") and not tree.children(index, "acomp", "attr"):
        for child in tree.children(index, "xcomp", "ccomp"):
            if any(tree[each].lower == "to" for each in tree.children(child, "aux")):
                return child
    return index


def subject(tree: Tree, index: int) -> int | None:
    """Return who does what a verb says: its own subject, or the one it shares with the verb it hangs on."""
    for _ in range(len(tree)):
        own = tree.children(index, "nsubj", "nsubjpass")
        own = [each for each in own if not tree.children(each, "case")] or own  # "Xland's and Yland's presidents"
        if own:
            return antecedent(tree, _behind_invitation(tree, own[0]))
        if (invited := _invited(tree, index)) is not None:
            return invited
        head = tree[index].head
        if head == index:
            return None
        shared = _shared(tree, index)
        if shared is not None:
            return shared
        above = next((each for each in tree.above(index) if is_verb(tree, each)), None)
        if above is None:
            return None
        index = above
    return None


def _behind_invitation(tree: Tree, own: int) -> int:
    """Return the true subject of "At the invitation of the president of X, A, the premier of Y, B, will ...".

    The parser takes A for the subject and B for another name of A.
    """
    names = [each for each in tree.children(own, "appos") if tree[each].tag == "NNP"]
    before = {tree[each].lower for each in range(tree.below(own)[0])}
    return names[-1] if len(names) > 1 and "invitation" in before else own


def _invited(tree: Tree, index: int) -> int | None:
    """Return the same where the parser takes both for names of the inviter and leaves the verb without a subject."""
    for each in led_by(tree, index, "at"):
        if tree[each].lower == "invitation" and each < index:
            for inviter in led_by(tree, each, "of", "from"):
                names = [name for name in tree.children(inviter, "appos") if tree[name].tag == "NNP"]
                return names[-1] if names else None
    return None


def _shared(tree: Tree, index: int) -> int | None:
    """Return the noun beside a verb without a subject that does what it says: "X, arriving", "invited X to come"."""
    dep, head = tree[index].dep, tree[index].head
    if dep == "relcl" or (dep == "acl" and tree[index].tag in ("VBG", "VBN", "VBD")):
        return _writer(tree, head) if is_paper_noun(tree, head) else head
    if dep == "advcl" and (sayer := _sayer(tree, index)) is not None:
        return sayer
    if dep == "xcomp" and is_verb(tree, head) and lexicon.verb(tree[head].lower) in OBJECT_CONTROL:
        return next(iter(tree.children(head, "dobj")), None)
    if dep == "pcomp" and (accused := _accused(tree, head)) is not None:
        return accused
    return next(iter(tree.children(head, "poss")), None) if dep == "acl" else None


def is_paper_noun(tree: Tree, index: int) -> bool:
    """Say whether a noun is a paper that speaks for whoever wrote it: a statement, a decree."""
    return lexicon.noun(tree[index].lower) in lexicon.words("verbs", "beside", "spoken_for")


def _writer(tree: Tree, paper: int) -> int | None:
    """Return who speaks in "X issued a statement denouncing Y"."""
    above = next((each for each in tree.above(paper) if is_verb(tree, each)), None)
    carried = above is not None and tree[paper].dep == "dobj" and not is_passive(tree, above)
    return next(iter(tree.children(paper, "poss")), None) or (subject(tree, above) if above and carried else None)


def _sayer(tree: Tree, index: int) -> int | None:
    """Return X of "the army crossed the border, X said, accusing it of shelling": the clause hangs on what was said."""
    for said in tree.children(tree[index].head, "parataxis"):
        if tree[index].tag == "VBG" and said < index:
            return next(iter(tree.children(said, "nsubj")), None)
    return None


def is_main(tree: Tree, index: int) -> bool:
    """Say whether a verb carries its sentence, though the parser hangs it on the noun before: "The rebels left X."."""
    head = tree[index].head
    alone = tree[index].dep == "acl" and tree[index].tag in ("VBD", "VBN") and tree[head].head == head
    whole = tree.text.rstrip("\"'”’ ").endswith(".")
    return alone and whole and is_noun(tree, head) and not tree.children(index, "agent", "auxpass")


def _accused(tree: Tree, preposition: int) -> int | None:
    """Return whom "accused X of having done" and "barred X from doing" speak of."""
    above = tree[preposition].head
    if not is_verb(tree, above) or lexicon.verb(tree[above].lower) not in ACCUSING:
        return None
    return next(iter(tree.children(above, "dobj", "nsubjpass")), None)


def is_passive(tree: Tree, index: int) -> bool:
    """Say whether the subject of a verb suffers what it says."""
    if is_main(tree, index):
        return False
    if tree.children(index, "auxpass", "nsubjpass") or (tree[index].tag == "VBN" and tree.children(index, "agent")):
        return True
    shared = tree[index].dep == "conj" and tree[index].tag == "VBN" and not tree.children(index, "aux", "nsubj")
    if shared and is_verb(tree, tree[index].head):
        return is_passive(tree, tree[index].head)
    return tree[index].tag == "VBN" and tree[index].dep == "acl" and not tree.children(index, "dobj", "npadvmod")


def led_by(tree: Tree, index: int, *prepositions: str) -> list[int]:
    """Return what some prepositions on a word lead to: "talks with X" gives X. Conjuncts are not followed."""
    found = []
    for child in tree.children(index, "prep", "agent", "dative", "prt", "advmod"):
        if tree[child].lower in prepositions:
            found.extend(tree.children(child, "pobj", "pcomp"))
        for inner in tree.children(child, "prep"):
            if tree[inner].lower in prepositions:
                found.extend(tree.children(inner, "pobj"))
    return found


def auxiliaries(tree: Tree, index: int) -> set[str]:
    """Return the auxiliaries of a verb, lower case; those of the verb it is joined to where it shares them."""
    own = {tree[each].lower for each in tree.children(index, "aux", "auxpass")}
    shares = tree[index].dep == "conj" and tree[index].tag in ("VB", "VBN") and not tree.children(index, "nsubj")
    if not own and shares and is_verb(tree, tree[index].head):
        return auxiliaries(tree, tree[index].head)
    return own


def negated(tree: Tree, index: int) -> bool:
    """Say whether a word is denied on the spot: "not", "no", "has yet to"."""
    nots = lexicon.words("statuses", "auxiliaries", "not")
    if any(tree[each].lower in nots for each in tree.children(index, "neg", "det", "advmod")):
        return True
    head = tree[index].head
    waits = tree[index].dep == "xcomp" and lexicon.verb(tree[head].lower) in ("have", "be")
    if waits and any(tree[each].lower == "yet" for each in (*tree.children(head), *tree.children(index))):
        return True
    return tree[index].dep == "conj" and not tree.children(index, "nsubj", "aux") and _negated_head(tree, index)


def _negated_head(tree: Tree, index: int) -> bool:
    return tree[index].tag == "VB" and is_verb(tree, tree[index].head) and negated(tree, tree[index].head)


def tense(tree: Tree, index: int) -> str:
    """Return past, present, progressive, future, conditional, possible, infinitive or participle."""
    helpers, tag = auxiliaries(tree, index), tree[index].tag
    for kind in ("possible", "future", "conditional"):
        if helpers & lexicon.words("statuses", "auxiliaries", kind):
            return kind
    head = tree[index].head
    if "to" in helpers:
        is_to = tree[index].dep in ("xcomp", "ccomp", "advcl") and tree[head].lower in ("is", "are", "was", "were")
        return "future" if is_to and not tree.children(head, "acomp", "attr") else "infinitive"
    if helpers & lexicon.words("statuses", "auxiliaries", "past") or tag == "VBD":
        return "past"
    if helpers & {"is", "are", "'s", "’s", "am", "being"}:
        return "progressive" if tag == "VBG" else "present"
    if tag in ("VBG", "VBN"):
        return "participle"
    return "infinitive" if tag == "VB" and not tree.children(index, "nsubj") else "present"
