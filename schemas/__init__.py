"""What flows: the records between the steps and the tables they end in.

Importing any record from here registers its coder, so that every worker encodes it the same way.
"""

import apache_beam as beam

from schemas.article import Article, Entry, Item, Merge, Page, Poll, Removed, Revision
from schemas.event import Actor, Event, Mention, StatusChange
from schemas.reject import Reject
from schemas.run import Receipt, Slice, Source, StagedFile, Tick

RECORDS = (
    Actor, Article, Entry, Event, Item, Mention, Merge, Page, Poll, Receipt, Reject, Removed, Revision, Slice, Source,
    StagedFile, StatusChange, Tick,
)  # fmt: skip

for _record in RECORDS:
    beam.coders.registry.register_coder(_record, beam.coders.RowCoder)

__all__ = [
    "RECORDS",
    "Actor",
    "Article",
    "Entry",
    "Event",
    "Item",
    "Mention",
    "Merge",
    "Page",
    "Poll",
    "Receipt",
    "Reject",
    "Removed",
    "Revision",
    "Slice",
    "Source",
    "StagedFile",
    "StatusChange",
    "Tick",
]
