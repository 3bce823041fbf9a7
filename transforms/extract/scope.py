"""What a sentence only asks for, threatens, fears or could do is no act; nor is a noun that names none."""

from transforms import lexicon
from transforms.extract.grammar import ACCUSING, auxiliaries, is_noun, is_verb, negated
from transforms.extract.parse import Tree
from transforms.extract.relations import carrier, carries
from transforms.extract.rules import Rule, words

#: Types of acts that count themselves where parties agree to them.
BY_AGREEMENT = ("AID", "RETREAT")


def is_no_act(tree: Tree, index: int, rule: Rule) -> bool:
    """Say whether a trigger stands where it tells no act."""
    warned = "speaker" in rule.source  # "warned that an attack would be met with force" is the threat itself
    if (_is_only_asked_for(tree, index) and not warned) or _is_agreed(tree, index, rule):
        return True
    if is_noun(tree, index):
        return _is_apart(tree, index) or _is_to_be_ended(tree, index)
    return _is_ability(tree, index) or _is_only_alleged(tree, index)


def _is_only_asked_for(tree: Tree, index: int) -> bool:
    """Say whether an act is only what somebody demands, threatens, forbids or prevents."""
    child = index
    for node in tree.above(index):
        own = is_noun(tree, index) and is_verb(tree, child) and not carries(tree, child)
        quoted = tree[child].dep == "ccomp" and child < node
        reduced = tree[child].dep == "acl" and tree[child].tag == "VBN"
        if own or quoted or reduced or tree[child].dep in ("relcl", "parataxis"):
            return False
        if tree[child].dep != "conj" and _asks(tree, node, child):
            return True
        child = node
    return False


def _asks(tree: Tree, node: int, child: int) -> bool:
    if tree[child].dep in ("nsubj", "nsubjpass") or (tree[child].dep == "advcl" and tree[child].tag != "VB"):
        return tree[child].dep == "nsubjpass" and lexicon.verb(tree[node].lower) in words("asking")
    if is_verb(tree, node):
        led = tree[child].dep == "prep" and tree[child].lower not in ("for", "of", "from", "against", "with", "to")
        return not led and lexicon.verb(tree[node].lower) in words("asking")
    return is_noun(tree, node) and lexicon.noun(tree[node].lower) in words("asked")


def _is_agreed(tree: Tree, index: int, rule: Rule) -> bool:
    """Say whether an act is what parties agreed to: a deal, unless it is one of those that stand for themselves."""
    if not is_verb(tree, index) or tree[index].dep not in ("xcomp", "ccomp") or rule.type in BY_AGREEMENT:
        return False
    return lexicon.verb(tree[tree[index].head].lower) in lexicon.words("verbs", "verbs", "agree")


def _is_apart(tree: Tree, index: int) -> bool:
    """Say whether a noun stands where it names no act: before another noun, or counted with "no"."""
    leads = tree[tree[index].head].lower if tree[index].dep == "pobj" else ""
    aside = tree[index].dep in ("compound", "nmod", "poss") or leads in ("at", "during")
    supposed = any(tree[each].lower == "any" for each in tree.children(index, "det"))
    return aside or supposed or negated(tree, index)


def _is_to_be_ended(tree: Tree, index: int) -> bool:
    """Say whether a noun is what somebody means to bring to an end: "a deal to end the protests"."""
    head = tree[index].head
    if tree[index].dep != "dobj" or lexicon.verb(tree[head].lower) not in lexicon.words(
        "verbs", "beside", "bring_down"
    ):
        return False
    meant = tree[head].tag == "VB" and tree[head].dep in ("acl", "advcl", "xcomp")
    return meant and not carries(tree, tree[head].head)


def _is_only_alleged(tree: Tree, index: int) -> bool:
    """Say whether a verb tells what somebody is accused of, with neither time nor place: no act of its own."""
    top = next((each for each in (index, *tree.above(index)) if tree[each].dep != "conj"), index)
    above = tree[tree[top].head].head
    if tree[top].dep != "pcomp" or not is_verb(tree, above) or lexicon.verb(tree[above].lower) not in ACCUSING:
        return False
    beside = [tree[each] for each in tree.below(index)]
    named = any(each.dep == "pobj" and each.tag.startswith("NNP") for each in beside)
    return not named and not any(each.dep == "npadvmod" for each in beside)


def _is_ability(tree: Tree, index: int) -> bool:
    """Say whether a verb tells what somebody can do."""
    return bool(auxiliaries(tree, index) & {"can", "cannot", "should", "must", "ought"})


def is_told_apart(tree: Tree, index: int, others: list[int]) -> bool:
    """Say whether a noun without an actor is one act: its object and a time or place stand beside it."""
    governor = governed(tree, index)
    occurs = governor is not None and lexicon.verb(tree[governor].lower) in words("occurring")
    if any(tree[each].lower in ("the", "this", "that", "such") for each in tree.children(index, "det")) and not others:
        return occurs
    beside = tree.children(index, "prep", "npadvmod", "acl", "relcl")
    return bool(beside) or occurs or carrier(tree, index) is not None


def governed(tree: Tree, index: int) -> int | None:
    """Return the verb whose subject a noun is: "protests broke out in X"."""
    subject_of = tree[index].dep in ("nsubj", "nsubjpass") and is_verb(tree, tree[index].head)
    return tree[index].head if subject_of else None
