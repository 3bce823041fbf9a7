"""The rules of data/events: what they read in sentences, that they are sound, and that no sentence is left out."""

from pathlib import Path

import pytest
from extraction import of, only, told, tree

from schemas import Mention
from schemas.cameo import derive, modes
from schemas.event import STATUSES, TYPES
from transforms import lexicon
from transforms.extract import rules
from transforms.extract.acts import find_acts
from transforms.extract.chooser import can_hold_an_event
from transforms.extract.what import holds_nothing

GOLDEN = Path(__file__).parents[1] / "golden"


def table(name: str) -> list[tuple[str, str]]:
    """Return the rows of a golden file: what is expected, and the sentence."""
    lines = (GOLDEN / name).read_text(encoding="utf-8").splitlines()
    rows = [line.partition("|") for line in lines if line and not line.startswith("#")]
    return [(expected.strip(), sentence.strip()) for expected, _, sentence in rows]


SENTENCES, REPORTS = table("acts.txt"), table("reports.txt")


def kind(mention: Mention) -> str:
    return f"{mention.type}/{mention.mode}" if mention.mode else mention.type


@pytest.mark.parametrize(("expected", "sentence"), SENTENCES, ids=[sentence for _, sentence in SENTENCES])
def test_a_sentence_holds_the_act_that_a_person_reads_in_it(expected: str, sentence: str) -> None:
    found = [kind(each) for each in told(sentence)]
    assert (found == []) if expected == "nothing" else (expected in found)


def report(mention: Mention) -> str:
    sides = (
        ",".join(sorted({a.country for a in side if a.country})) or "-" for side in (mention.source, mention.target)
    )
    return f"{mention.type} {mention.status} {' > '.join(sides)}"


@pytest.mark.parametrize(("expected", "sentence"), REPORTS, ids=[sentence for _, sentence in REPORTS])
def test_a_sentence_reports_who_did_what_to_whom(expected: str, sentence: str) -> None:
    assert (" ; ".join(sorted(report(each) for each in told(sentence, "2026-11-25"))) or "nothing") == expected


def test_every_type_has_sentences_in_the_table() -> None:
    told_of = {expected.partition("/")[0] for expected, _ in SENTENCES}
    assert told_of >= set(TYPES) - {"CONSULT"}


def test_every_sentence_with_an_act_is_chosen_for_parsing() -> None:
    trees = {sentence: tree(sentence) for _, sentence in SENTENCES}
    with_acts = [sentence for sentence, each in trees.items() if find_acts(each) and not holds_nothing(each)]
    assert [each for each in with_acts if not can_hold_an_event(each)] == []


@pytest.mark.parametrize(
    ("sentence", "sides"),
    [
        ("Peru's army attacked Chilean villages.", (["PER"], ["CHL"])),
        ("Chilean villages were attacked by Peru's army.", (["PER"], ["CHL"])),
        ("The attack on Chilean villages by Peru's army was over on Monday.", (["PER"], ["CHL"])),
        ("Peru's army launched an attack on Chilean villages.", (["PER"], ["CHL"])),
        ("Peru's army, which attacked Chilean villages on Monday, was silent.", (["PER"], ["CHL"])),
        ("Peru accused Chile's army of having attacked villages in Bolivia.", (["CHL"], ["BOL"])),
    ],
)
def test_voice_noun_light_verb_and_relative_clause_give_the_same_sides(
    sentence: str, sides: tuple[list[str], list[str]]
) -> None:
    assert of(only(sentence, type="ASSAULT")) == sides


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        ("Peru will expel the Chilean ambassador.", "planned"),
        ("Peru may expel the Chilean ambassador.", "possible"),
        ("Peru has expelled the Chilean ambassador.", "happened"),
        ("Peru's ministry denied that it had expelled the Chilean ambassador.", "denied"),
        ("Peru plans to expel the Chilean ambassador.", "planned"),
    ],
)
def test_an_act_has_the_status_that_its_words_say(sentence: str, status: str) -> None:
    assert only(sentence, type="SANCTION").status == status


@pytest.mark.parametrize(
    "sentence",
    [
        "Chile urged Peru to expel the Bolivian ambassador.",
        "Peru threatened to expel the Bolivian ambassador.",
        "If Peru expels the Bolivian ambassador, talks will end.",
        "Peru can expel the Bolivian ambassador at any time.",
        "Peru did not expel the Bolivian ambassador.",
    ],
)
def test_what_is_only_asked_for_threatened_or_not_done_is_not_coded(sentence: str) -> None:
    assert [each for each in told(sentence) if each.type == "SANCTION"] == []


def test_a_measure_that_is_made_conditional_is_a_threat() -> None:
    mention = only("Peru will expel the Chilean ambassador if Chile closes the border.", type="THREATEN")
    assert (mention.mode, mention.status, of(mention)) == ("expel", "happened", (["PER"], ["CHL"]))


@pytest.mark.parametrize(
    ("sentence", "type", "source"),
    [
        ("EU finance ministers reached a deal on budgets.", "AGREE", ["EU finance ministers"]),
        ("Arab leaders gathered in Cairo for a summit.", "CONSULT", ["Arab leaders"]),
        ("Human Rights Watch criticised Egypt for jailing journalists.", "ACCUSE", ["Human Rights Watch"]),
        ("Indian and Chinese soldiers clashed on the border.", "ASSAULT", ["IND", "CHN"]),
        ("Houthi rebels fired missiles at a base in Israel.", "ASSAULT", ["YEM"]),
        ("Ukraine's president signed a decree blacklisting 120 Russian companies.", "SANCTION", ["UKR"]),
    ],
)
def test_who_does_it_may_be_many_states_two_or_a_movement(sentence: str, type: str, source: list[str]) -> None:
    assert of(only(sentence, type=type))[0] == source


def test_an_invitation_is_an_act_and_a_visit_that_is_asked_for() -> None:
    found = told("Norway invited Peruvian Foreign Minister Rosa Alarcon to Oslo.")
    assert {(kind(each), each.status) for each in found} == {
        ("REQUEST/meet", "happened"),
        ("CONSULT/visit", "requested"),
    }


# ---------------------------------------------------------------- the rules as data


@pytest.mark.parametrize("rule", rules.rules(), ids=lambda rule: rule.name)
def test_a_rule_says_what_it_means_and_codes_what_exists(rule: rules.Rule) -> None:
    assert rule.type in TYPES
    assert rule.means.endswith(".")
    assert rule.mode in (None, "", *modes(rule.type), "withhold", "misinformation")
    assert rule.status in (None, *STATUSES)
    assert not rule.officials or rule.officials in {each.name for each in rules.rules()}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"frobs": ["attack"]}, "unknown key 'frobs'"),
        ({"verbs": []}, "verbs or nouns"),
        ({"owned": "nobody"}, "`owned` is one of"),
        ({"needs": {"object": ["<wrong>"]}}, "there is no list <wrong>"),
    ],
)
def test_a_rule_that_cannot_be_understood_is_told_with_its_file(
    change: dict[str, object], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = {"name": "attack", "means": "An attack.", "verbs": ["attack"], **change}
    files = {"words": lexicon.acts()["words"], "assault": {"type": "ASSAULT", "rule": [rule]}}
    monkeypatch.setattr(lexicon, "acts", lambda: files)
    with pytest.raises(rules.InvalidRule, match=says) as error:
        rules.rules.__wrapped__()
    assert "data/events/assault.toml" in str(error.value)


@pytest.mark.parametrize("relation", ["clause", "content"])
def test_the_verbs_that_a_rule_asks_for_in_a_clause_are_known_as_verbs(
    relation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = {"verbs": ["say"], "nouns": ["word"], "needs": {relation: ["flit"]}}
    monkeypatch.setattr(lexicon, "acts", lambda: {"accuse": {"rule": [rule]}})
    assert ("flit" in lexicon._verbs.__wrapped__(), "flit" in lexicon._nouns.__wrapped__()) == (True, False)


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("status", STATUSES)
def test_every_type_has_a_code_in_other_event_data_unless_it_is_denied(type: str, status: str) -> None:
    for mode in (None, *modes(type)):
        derived = derive(type, mode, status)
        assert (derived == (None, None, None)) == (status == "denied")
        assert derived.goldstein is None or -10 <= derived.goldstein <= 10
