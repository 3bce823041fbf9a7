"""What an act reports: parties, place, status and time of what acts.py finds by a rule of data/events."""

import datetime
from collections.abc import Sequence

from transforms import lexicon
from transforms.extract import attribution, bystanders, where, who
from transforms.extract.doers import act_sides, as_done_by
from transforms.extract.findings import Finding
from transforms.extract.grammar import led_by
from transforms.extract.parse import Sentence, Tree
from transforms.extract.reported import Report
from transforms.extract.story import Story
from transforms.extract.timing import event_time
from transforms.extract.towards import PLACELESS, answered, blamed, soil, towards
from transforms.extract.when import When

#: Types of acts that last.
LASTING = ("MOBILIZE", "PROTEST", "COERCE")
#: Verbs that leave what lasts under way.
BEGINNING = ("begin", "start", "launch", "kick")


def read_act(story: Story, sentence: Sentence, tree: Tree, finding: Finding, place: where.Place | None) -> list[Report]:
    """Return what a rule of data/events reports."""
    base = sentence.body
    story.scene.here = place.country if place else story.home
    agents = [a for each in finding.agents for a in bystanders.doers(story.scene, tree, base, each, finding)]
    others = [a for each in finding.others for a in bystanders.receivers(story.scene, tree, base, each, finding)]
    story.scene.here = None
    finding = as_done_by(finding, agents)
    others = others or blamed(tree, finding, story.reports, agents) or answered(tree, finding, agents, story)
    parties = act_sides(finding, list(dict.fromkeys(agents)), list(dict.fromkeys(others)), place, story)
    if parties is None:
        return []
    parties = towards(finding, parties, place, story)
    place = parties.place or soil(finding.type, parties, _unlisted(story, tree, base, finding.places))
    parties = parties._replace(place=None if (finding.type, parties.mode) in PLACELESS else place)
    chains = story.chains(sentence, tree, finding)
    status = _act_status(story, finding, chains)
    if status is None:
        return []
    time = event_time(tree, finding, status=status, anchor=story.anchor, context=story.last_time)
    status = story.settled(status, tree, finding, time)
    status, time = _under_way(story.anchor, tree, finding, status, time)
    if finding.rule is not None and finding.rule.agentless == "host" and finding.places:
        time, parties = None, parties._replace(place=None)  # those of the meeting
    story.scene.remember(parties)
    trigger = (base + tree[finding.trigger[0]].start, base + tree[finding.trigger[1]].end)
    return [
        Report(
            finding.type, parties.mode, status, parties.source, parties.target, time, parties.place, chains,
            sentence, trigger, finding.frame, finding.core, int(not agents) + int(not finding.others),
        )
    ]  # fmt: skip


def _under_way(
    anchor: datetime.date, tree: Tree, finding: Finding, status: str, time: When | None
) -> tuple[str, When | None]:
    """Return status and time of what lasts: "has been cut since Monday", "began a strike on Monday"."""
    if status != "happened" or time is None or time.start is None:
        return status, time
    begun = finding.type in LASTING and lexicon.verb(tree[finding.core].lower) in BEGINNING
    days = (anchor - datetime.date.fromisoformat(time.start)).days
    if begun and 0 <= days < 7:
        return "ongoing", time._replace(end=None)
    return ("ongoing" if time.end is None and finding.type in LASTING else status), time


def _act_status(story: Story, finding: Finding, chains: attribution.Chains) -> str | None:
    """Return the status of an act; None where it did not take place and nobody says so."""
    if finding.verdict.status in ("refused", "denied"):
        said = finding.verdict.status == "denied" and not finding.verdict.negative  # "rejected reports that"
        return "denied" if chains or said else None
    status = story.status(finding, chains, frozenset())
    if finding.rule is not None and "speaker" in finding.rule.source and status in ("possible", "planned", "confirmed"):
        return "happened"  # what is said has been said: "said that it would retaliate"
    if finding.rule is not None and finding.rule.status and status in ("happened", "present"):
        return finding.rule.status
    return None if status == "requested" else status


def _unlisted(story: Story, tree: Tree, base: int, heads: Sequence[int]) -> str:
    """Return the name of a place that no list has, "" where there is none: a village, an island, a river."""
    for each in (inner for head in heads for inner in (head, *led_by(tree, head, "of"))):
        token, offset = tree[each], base + tree[each].start
        named = token.tag in ("NNP", "NNPS") and story.scene.person_at(offset) is None
        spoken_for = story.scene.state_at(offset) or story.scene.body_at(offset)
        if named and not spoken_for and token.lower not in lexicon.words("roles", "no_names", "times"):
            return who.plain(tree, each)
    return ""
