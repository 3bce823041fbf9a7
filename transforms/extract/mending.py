"""Trees that cannot be, set right: what the model is known to draw where a clause stands between subject and verb."""

from transforms.extract.parse import Token, Tree

#: Pronouns that a clause begins with whose verb is done to them.
_WHOM = ("whom", "who", "that", "which")


def mended(tree: Tree) -> Tree:
    """Return a tree in which "the men whom Y seized were freed" frees the men, and seizes them too.

    The model takes "freed" for the verb of "whom", with Y as who is freed: a passive verb with an object.
    """
    for verb, token in enumerate(tree.tokens):
        if token.dep == "relcl" and (parts := _parts(tree, verb)) is not None:
            return Tree(tree.text, _swapped(tree, verb, *parts))
    return tree


def _parts(tree: Tree, verb: int) -> tuple[int, int, int] | None:
    """Return the pronoun, who does what is told of it, and the verb that tells it; None where all is well."""
    whom = next((each for each in tree.children(verb, "dobj") if tree[each].lower in _WHOM), None)
    doer = next(iter(tree.children(verb, "nsubjpass")), None)
    if whom is None or doer is None or not tree.children(verb, "auxpass"):
        return None
    told = next((each for each in tree.children(doer, "acl") if tree[each].tag in ("VBN", "VBD")), None)
    return None if told is None else (whom, doer, told)


def _swapped(tree: Tree, verb: int, whom: int, doer: int, told: int) -> list[Token]:
    noun = tree[verb].head
    above = verb if tree[noun].head == noun else tree[noun].head
    changed = {
        verb: tree[verb]._replace(dep=tree[noun].dep, head=above),
        noun: tree[noun]._replace(dep="nsubjpass", head=verb),
        told: tree[told]._replace(dep="relcl", head=noun, tag="VBD"),
        doer: tree[doer]._replace(dep="nsubj", head=told),
        whom: tree[whom]._replace(dep="dobj", head=told),
    }
    return [changed.get(index, token) for index, token in enumerate(tree.tokens)]
