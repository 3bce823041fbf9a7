"""The whole flow on one screen."""

from dataclasses import dataclass

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas import Receipt, Tick
from transforms.clean_articles import CleanArticles
from transforms.deduplicate_articles import DeduplicateArticles
from transforms.extract_events import ExtractEvents
from transforms.fetch_articles import FetchArticles
from transforms.link_events import LinkEvents
from transforms.poll_sources import PollSources
from transforms.write_partitions import Tables, WritePartitions


@dataclass
class Steps:
    """The seven steps of a run, each with its options."""

    poll_sources: PollSources
    fetch_articles: FetchArticles
    clean_articles: CleanArticles
    deduplicate_articles: DeduplicateArticles
    extract_events: ExtractEvents
    link_events: LinkEvents
    write_partitions: WritePartitions


def news_graph(ticks: PCollection[Tick], step: Steps) -> PCollection[Receipt]:
    """Follow every article from its source to the tables."""
    polled = ticks | "Poll sources" >> step.poll_sources
    fetched = polled.entries | "Fetch articles" >> step.fetch_articles
    cleaned = fetched.pages | "Clean articles" >> step.clean_articles
    unique = cleaned.articles | "Deduplicate articles" >> step.deduplicate_articles
    found = unique.articles | "Extract events" >> step.extract_events
    linked = (found.mentions, unique.articles) | "Link events" >> step.link_events

    everything = (polled, fetched, cleaned, unique, found, linked)
    tables = Tables(
        ticks=ticks,
        entries=polled.entries,
        articles=unique.articles,
        mentions=linked.mentions,
        events=linked.events,
        items=[each.items for each in (polled, fetched, unique)] | "Gather items" >> beam.Flatten(),
        polls=[each.polls for each in (polled, fetched)] | "Gather polls" >> beam.Flatten(),
        merges=[each.merges for each in (unique, linked)] | "Gather merges" >> beam.Flatten(),
        rejects=[each.rejects for each in everything] | "Gather rejects" >> beam.Flatten(),
    )
    return tables | "Write partitions" >> step.write_partitions
