"""The life of one article, event, reject or source, told from the tables alone; and a run, told from its manifest."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Optional

import pyarrow.compute as pc

from pipeline.display import in_short
from pipeline.past import find_runs
from pipeline.query import dataset, to_plain
from pipeline.screen import counted
from schemas.reject import REASONS, ConfigurationError
from transforms.store.lake import Lake

Row = Mapping[str, Any]  # one row of a table, as its schema in schemas/tables.py says

#: Ids that a prefix may stand for: column and table.
IDS = (
    ("article_id", "articles"),
    ("article_id", "items"),
    ("event_id", "events"),
    ("mention_id", "mentions"),
    ("from_id", "merges"),
)

#: What else names a thing, and is given whole: column and table.
NAMES = (("requested_url", "articles"), ("url", "items"), ("entry_id", "items"))

#: Characters shown of a removed passage.
MAX_EXCERPT = 70


class Chapter(NamedTuple):
    """One part of a life: a heading and its lines."""

    heading: str
    lines: tuple[str, ...]


class Life(NamedTuple):
    """What became of one thing, from the first look to the file that it lies in."""

    kind: str  # article | event | cluster | reject | source | run
    id: str
    title: str
    chapters: tuple[Chapter, ...]
    rows: Mapping[str, Sequence[Row]]  # what it is told from, by table


class Links(NamedTuple):
    """Events, and the reports of each in the order in which linking took them up."""

    into: Mapping[str, str]  # events that proved to be others, in one step
    events: Mapping[str, Row]
    reports: Sequence[Row]  # of mentions

    def final(self, event_id: str) -> str:
        """Return what an event has become, itself where it is not merged."""
        while event_id in self.into:
            event_id = self.into[event_id]
        return event_id

    def of(self, event_id: str) -> list[Row]:
        """Return the reports of an event, those of events that it took in included."""
        return [row for row in self.reports if event_id in (row["event_id"], self.final(row["event_id"]))]


def explain(lake: Lake, wanted: str) -> Life:
    """Return the life of what `wanted` names.

    Args:
        wanted: an id, or a prefix that no other has; the URL or entry id of an article; the name or URL of a source;
            the whole id of a run.

    Raises:
        ConfigurationError: nothing or more than one thing has it, or it is empty.
    """
    if not wanted.strip():
        raise ConfigurationError("There is nothing to explain. Give an id or its beginning, a URL or a source's name.")
    if runs := find_runs(lake, wanted):
        return run_life(lake, wanted, runs)
    found = resolve(lake, wanted)
    polls = [row for column in ("source", "url") for row in _rows(lake, "polls", column, wanted)]
    if polls and not found:
        return source_life(wanted, polls)
    if not found:
        raise ConfigurationError(
            f"Nothing in this lake has the id {wanted}. Ids stand in the tables, as article_id in articles, items and "
            "rejects, event_id in events, mention_id in mentions and source in polls: `newsbeam query` shows them."
        )
    if len({key for key, _ in found}) > 1:
        some = ", ".join(sorted(key for key, _ in found)[:5])
        raise ConfigurationError(f"{wanted} begins more than one id: {some}. Give more of it.")
    key, table = found[0]
    if table == "mentions":
        [key] = {row["event_id"] for row in _rows(lake, "mentions", "mention_id", key)}
    return article_life(lake, key) if table in ("articles", "items") else event_life(lake, key)


def resolve(lake: Lake, wanted: str) -> list[tuple[str, str]]:
    """Return the ids that `wanted` may stand for, each with the table that has it; a whole id stands for itself."""
    found: dict[str, str] = {}
    for column, table in IDS:
        meant = pc.starts_with(pc.field(column), wanted)
        for name in (name for name, named in NAMES if named == table):
            meant = meant | (pc.field(name) == wanted)
        for row in lake.read(table, [column], where=meant).to_pylist():
            if row[column]:
                found.setdefault(row[column], table)
    return [(wanted, found[wanted])] if wanted in found else sorted(found.items())


def article_life(lake: Lake, article_id: str) -> Life:
    """Return the life of an article, or of one that never came to be."""
    items = sorted(_rows(lake, "items", "article_id", article_id), key=lambda row: (row["seen_at"], row["entry_id"]))
    versions = sorted(_rows(lake, "articles", "article_id", article_id), key=lambda row: row["version"])
    rejects = sorted(_rows(lake, "rejects", "article_id", article_id), key=lambda row: row["rejected_at"])
    newest = versions[-1] if versions else None
    mentions = [
        row
        for row in _rows(lake, "mentions", "article_id", article_id)
        if newest and row["version"] == newest["version"]
    ]
    title = (newest or items[-1])["title"] or (newest or items[-1])["url"]
    polls = _polls_of(lake, items)
    links = _links(lake, {row["event_id"] for row in mentions})
    chapters = [Chapter("Taken up", tuple(_taken_up(items, polls)))]
    for row in versions:
        heading = "Fetched and cleaned" if len(versions) == 1 else f"Version {row['version']}: fetched and cleaned"
        chapters.append(Chapter(heading, tuple(_cleaned(row))))
    if newest:
        chapters.append(Chapter("Compared", tuple(_compared(lake, newest))))
        chapters.append(Chapter("Read for events", tuple(_coded(links, mentions)) or ("No event was found in it.",)))
    if rejects:
        chapters.append(
            Chapter("Rejected" if not newest else "Notes", tuple(line for row in rejects for line in _rejected(row)))
        )
    places = [_files(lake, table, "article_id", [article_id]) for table in ("articles", "mentions", "rejects")]
    chapters.append(Chapter("Lies in", (*itertools.chain(*places), *_files(lake, "events", "event_id", links.events))))
    rows = {"items": items, "polls": polls, "articles": versions, "rejects": rejects, "mentions": mentions}
    rows["events"] = list(links.events.values())
    return Life("article" if newest else "reject", article_id, title, tuple(chapters), rows)


def source_life(wanted: str, polls: Sequence[Row]) -> Life:
    """Return the life of a source: every look at it."""
    ordered = sorted(polls, key=lambda row: (row["polled_at"], row["run_id"]))
    chapter = Chapter("Polled", tuple(map(_polled, ordered)))
    return Life("source", wanted, ordered[-1]["url"], (chapter,), {"polls": ordered})


def run_life(lake: Lake, run_id: str, parts: Sequence[str]) -> Life:
    """Return what a committed run did: the receipt of each part, its sources, what they answered, its files."""
    manifests = [manifest for part in parts if (manifest := lake.manifest(part))]
    polls = [row for part in parts for row in _rows(lake, "polls", "run_id", part)]
    polls = sorted(
        (row for row in polls if row["kind"] not in ("robots", "host")), key=lambda row: (row["run_id"], row["source"])
    )
    first = manifests[0]
    files = (file for each in manifests for file in each.files)
    chapters = [
        Chapter("Receipt", tuple(f"{each.run_id}: {in_short(each.receipt)}" for each in manifests)),
        Chapter("Sources", tuple(f"{each.name}: {each.kind} {each.location}" for each in first.sources)),
        Chapter("Polled", tuple(f"{row['source']}: {_answer(row)}" for row in polls)),
        Chapter("Published in", tuple(f"{lake.place}/{file.table}/{file.partition}/{file.name}" for file in files)),
    ]
    title = f"committed by newsbeam {first.software_version}, rules {first.rules_version}"
    return Life("run", run_id, title, tuple(each for each in chapters if each.lines), {"polls": polls})


def _polled(poll: Row) -> str:
    why = f" ({poll['reason']}: {REASONS.get(poll['reason'], '')})" if poll["reason"] else ""
    listed = f", {poll['entries']:,} entries" if poll["entries"] is not None else ""
    due = f", due again after {_time(poll['next_due'])}" if poll["next_due"] else ""
    return f"{_time(poll['polled_at'])}  {poll['status']}{why}{listed}{due}  [run {poll['run_id']}]"


def event_life(lake: Lake, event_id: str) -> Life:
    """Return the life of an event: what is known, how its status changed, and every report of it."""
    links = _links(lake, {event_id})
    events = _rows(lake, "events", "event_id", event_id)
    merged = _rows(lake, "merges", "from_id", event_id) + _rows(lake, "merges", "into_id", event_id)
    mentions = links.of(event_id)
    rows = {"events": events, "mentions": mentions, "merges": merged}
    if not events:
        return Life(merged[0]["kind"] if merged else "event", event_id, "not a row any more", (_merges(merged),), rows)
    event = events[0]
    chapters = [
        Chapter("Now", tuple(_state(event))),
        Chapter("Status", tuple(_change(row) for row in event["status_history"])),
        Chapter("Reported", tuple(line for row in mentions for line in _report(row, mentions))),
        *([_merges(merged)] if merged else []),
        Chapter("Lies in", _files(lake, "events", "event_id", [event_id]) + _reported_in(lake, mentions)),
    ]
    return Life("event", event_id, headline(event), tuple(chapters), rows)


def headline(event: Row) -> str:
    """Return an event in one line: who, what, whom."""
    what = "/".join(part for part in (event["type"], event["mode"]) if part)
    sides = [", ".join(actor["name"] for actor in event[side] or ()) for side in ("source", "target")]
    return f"{sides[0] or '?'} - {what}" + (f" - {sides[1]}" if sides[1] else "")


def _rows(lake: Lake, table: str, column: str, value: str) -> list[Row]:
    return list(lake.read(table, where=pc.field(column) == value).to_pylist())


def _polls_of(lake: Lake, items: Sequence[Row]) -> list[Row]:
    """Return the looks at sources by which runs met something, but for runs in which it was the same as before."""
    met = [row for row in items if row["outcome"] != "unchanged"]
    runs, sources = sorted({row["run_id"] for row in met}), sorted({row["source"] for row in met})
    where = (
        pc.field("run_id").isin(runs) & pc.field("source").isin(sources) & ~pc.field("kind").isin(["robots", "host"])
    )
    return list(lake.read("polls", where=where).sort_by("polled_at").to_pylist()) if met else []


def _taken_up(items: Sequence[Row], polls: Sequence[Row]) -> Iterator[str]:
    """Yield what became of a thing in every run. Runs in which it stayed the same share a line."""
    answers = {(row["run_id"], row["source"]): row for row in polls}
    for (source, outcome), group in itertools.groupby(items, key=lambda row: (row["source"], row["outcome"])):
        rows = list(group)
        for row in rows[:1] if outcome == "unchanged" else rows:
            why = f" ({row['reason']}: {REASONS.get(row['reason'], '')})" if row["reason"] else ""
            more = f", attempt {row['attempts']}" if row["attempts"] > 1 else ""
            again = f", tried again after {_time(row['retry_at'])}" if row["retry_at"] else ""
            yield f"{_time(row['seen_at'])}  {source}: {outcome}{why}{more}{again}  [run {row['run_id']}]"
            if answer := answers.get((row["run_id"], source)):
                yield f"    {_answer(answer)}"
        if outcome == "unchanged" and len(rows) > 1:
            yield f"    and so {counted(len(rows) - 1, 'time')} more, until {_time(rows[-1]['seen_at'])}"


def _answer(poll: Row) -> str:
    """Return what a source said when it was asked."""
    code = f" (HTTP {poll['http_status']})" if poll["http_status"] else ""
    listed = f", {poll['entries']:,} entries" if poll["entries"] is not None else ""
    return f"{poll['kind']} {poll['url']}: {poll['status']}{code}{listed}"


def _cleaned(article: Row) -> list[str]:
    lines = [f"Asked for {article['requested_url']} at {_time(article['fetched'])}"]
    if article["final_url"] != article["requested_url"]:
        lines.append(f"Led to {article['final_url']}")
    if article["canonical_url"] not in (None, article["final_url"]):
        lines.append(f"Calls itself {article['canonical_url']}")
    lines.append(f"{article['words']} words, language {article['language'] or 'unknown'}")
    lines.append(f"Published {_time(article['published'])} (as the {_basis(article['published_basis'])})")
    removed = article["removed"] or []
    for reason, count in sorted(Counter(edit["reason"] for edit in removed).items()):
        first = next(edit for edit in removed if edit["reason"] == reason)
        lines.append(f"{count} x {reason}: “{_excerpt(first['text'])}”")
    lines += [f"Caption kept apart: “{_excerpt(caption)}”" for caption in article["captions"] or []]
    return lines


def _basis(basis: str) -> str:
    return {"source": "source says", "page": "page says", "url": "address says"}.get(basis, "time of fetching")


def _compared(lake: Lake, article: Row) -> list[str]:
    lines = [
        f"Cluster {article['cluster_id']}, "
        + ("a source of its own" if article["independent"] else "no source of its own")
    ]
    if article["related_id"]:
        related = _rows(lake, "articles", "article_id", article["related_id"])
        title = f" “{related[-1]['title']}” ({related[-1]['publisher']})" if related else ""
        alike = (
            f", {article['similarity']:.0%} of the word shingles in common" if article["similarity"] is not None else ""
        )
        lines.append(f"{article['relation']} copy of {article['related_id']}{title}{alike}")
    else:
        lines.append(f"Relation: {article['relation']}")
    copies = lake.read(
        "articles", ["article_id", "relation", "publisher"], where=pc.field("related_id") == article["article_id"]
    )
    lines += [f"Copied as {row['relation']} by {row['publisher']}: {row['article_id']}" for row in copies.to_pylist()]
    return lines


def _coded(links: Links, mentions: Sequence[Row]) -> list[str]:
    lines: list[str] = []
    for row in sorted(mentions, key=lambda each: each["trigger_start"]):
        what = "/".join(part for part in (row["type"], row["mode"]) if part)
        lines.append(
            f"{what}, {row['status']}, by rule {row['rule']} on “{row['trigger']}”, confidence {row['confidence']:.2f}"
        )
        lines.append(f"    “{_excerpt(row['sentence'], 160)}”")
        lines.append(f"    {_where_and_when(row)}")
        event_id = links.final(row["event_id"])
        history = links.events[event_id]["status_history"] if event_id in links.events else []
        merged = f", which proved to be {event_id}" if event_id != row["event_id"] else ""
        told = " > ".join(change["status"] for change in history) or "not a row any more"
        lines.append(f"    event {row['event_id']}{merged}: {told}")
        lines.append(f"    {_linked(row, links.of(event_id))}")
    return lines


def _links(lake: Lake, event_ids: Iterable[str]) -> Links:
    """Return what there is about some events, or what they have become."""
    merges = lake.read("merges", ["from_id", "into_id"], where=pc.field("kind") == "event").to_pylist()
    links = Links({row["from_id"]: row["into_id"] for row in merges}, {}, [])
    final = {links.final(each) for each in event_ids}
    family = {*final, *event_ids, *(each for each in links.into if links.final(each) in final)}
    if not family:
        return links
    events = lake.read("events", where=pc.field("event_id").isin(sorted(final))).to_pylist()
    reports = lake.read("mentions", where=pc.field("event_id").isin(sorted(family))).to_pylist()
    return Links(links.into, {row["event_id"]: row for row in events}, sorted(reports, key=_turn))


def _turn(mention: Row) -> tuple[Any, ...]:
    """The order in which linking takes up mentions: run by run, as `transforms.link.linking` says."""
    undated = mention["start_date"] is None and mention["end_date"] is None
    return mention["run_id"], mention["published"], mention["article_id"], undated, mention["trigger_start"]


def _linked(mention: Row, reports: Sequence[Row]) -> str:
    """Say which report of its event came last before a mention, and what the two have in common."""
    before = [row for row in reports if _turn(row) < _turn(mention)]
    if not before:
        return "linked: the first report of this event"
    last = before[-1]
    shared = ", ".join(sorted(_parties(mention) & _parties(last)))
    days = {_span(row) for row in (mention, last)} - {"unknown"}
    told = " and ".join(sorted(days)) or "neither tells a day"
    who_and_when = f"{last['publisher']} reported on {_time(last['published'])} [mention {last['mention_id']}]"
    in_common = f"same type and mode; parties of both: {shared or 'none by name'}; when: {told}"
    return f"linked: joins what {who_and_when}; {in_common}"


def _parties(mention: Row) -> set[str]:
    actors = [*(mention["source"] or ()), *(mention["target"] or ())]
    return {actor["country"] or actor["name"] for actor in actors}


def _where_and_when(row: Row) -> str:
    place = ", ".join(part for part in (row["place"], row["place_country"]) if part) or "no place"
    words = f" from “{row['when_text']}” ({row['when_basis']})" if row.get("when_text") else ""
    says = "; ".join(" < ".join(chain) for chain in row.get("attribution") or []) or "the outlet itself"
    return f"when: {_span(row)}{words}; where: {place}; says: {says}"


def _state(event: Row) -> list[str]:
    place = ", ".join(part for part in (event["place"], event["place_country"]) if part) or "unknown"
    lines = [
        f"Status {event['status']}; when: {_span(event)}; where: {place}",
        f"{counted(event['mentions'], 'mention')} in {counted(event['articles'], 'article')} of "
        f"{counted(event['publishers'], 'outlet')}, {event['independent_articles']} of them independent",
        f"CAMEO {event['cameo'] or '-'}, quad class {event['quad_class'] or '-'}, Goldstein {event['goldstein']}",
    ]
    lines += ["Reports contradict each other."] if event["conflict"] else []
    return lines + ([f"Proved to be {event['merged_into']}"] if event["merged_into"] else [])


def _change(change: Row) -> str:
    says = "; ".join(" < ".join(chain) for chain in change["attribution"] or []) or "the outlet itself"
    evidence = f"[mention {change['mention_id']}, run {change['run_id']}]"
    return f"{_time(change['reported'])}  {change['status']} (says: {says})  {evidence}"


def _report(mention: Row, reports: Sequence[Row]) -> list[str]:
    return [
        f"{_time(mention['published'])}  {mention['publisher']}: {mention['status']}"
        f"  [article {mention['article_id']}]",
        f"    “{_excerpt(mention['sentence'], 160)}”",
        f"    {_linked(mention, reports)}",
    ]


def _rejected(reject: Row) -> list[str]:
    again = f" Tried again after {_time(reject['retry_at'])}." if reject["retry_at"] else ""
    return [
        f"{_time(reject['rejected_at'])}  {reject['stage']}: {reject['reason']}. "
        f"{REASONS.get(reject['reason'], '')}{again}",
        f"    {reject['detail']}",
    ]


def _merges(merges: Sequence[Row]) -> Chapter:
    lines = [f"{_time(row['merged_at'])}  {row['from_id']} is {row['into_id']}: {row['reason']}" for row in merges]
    return Chapter("Merged", tuple(lines) or ("Its reports belong to no event any more.",))


def _reported_in(lake: Lake, mentions: Sequence[Row]) -> tuple[str, ...]:
    return _files(lake, "mentions", "event_id", {row["event_id"] for row in mentions})


def _files(lake: Lake, table: str, column: str, ids: Iterable[str]) -> tuple[str, ...]:
    """Return the files that hold the rows of some ids."""
    wanted = sorted(ids)
    if not wanted:
        return ()
    found = dataset(lake, table).to_table(columns=["__filename"], filter=pc.field(column).isin(wanted))
    return tuple(sorted(set(found["__filename"].to_pylist())))


def _span(row: Row) -> str:
    start, end = row["start_date"], row["end_date"]
    if start is None:
        return "unknown"
    return _day(start) if end in (None, start) else f"{_day(start)} to {_day(end)}"


def _day(value: date) -> str:
    return value.isoformat()


def _time(value: Optional[datetime]) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if value else "-"


def _excerpt(text: str, most: int = MAX_EXCERPT) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def as_json(life: Life) -> dict[str, object]:
    """Return a life as `explain --json` prints it: what a person reads, and the rows that it is told from."""
    chapters = [{"heading": each.heading, "lines": list(each.lines)} for each in life.chapters]
    rows = {table: [to_plain(dict(row)) for row in found] for table, found in life.rows.items()}
    return {**life._asdict(), "chapters": chapters, "rows": rows}
