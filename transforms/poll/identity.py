"""What an entry is called when its guid is new: the name under which the same thing is known, if it is the same.

Some feeds make up new guids, a few also new addresses, with every answer. Taken at their word, they would list nothing
but new things.
"""

from collections.abc import Mapping, Sequence

from schemas import Item
from transforms.fetch.urls import normalise
from transforms.poll.listing import Listed

#: From so many entries on, and from this share of those with new guids and new addresses, a feed whose entries have the
#: title and time of known ones makes up both.
LEAST_COPIES = 3
SHARE = 0.5


def recognise(entries: Sequence[Listed], known: Mapping[str, Item]) -> list[Listed]:
    """Return the entries, those with a new guid and a known address under the name that the address is known by.

    Where the addresses prove to be made up as well, title and time of publication decide.

    Args:
        known: what is known of the source, by entry id.
    """
    strangers = [entry for entry in entries if entry.entry_id not in known]
    if not strangers:
        return list(entries)
    listed = {entry.entry_id for entry in entries}
    missing = [item for item in known.values() if item.entry_id not in listed]
    by_url = {normalise(item.url): item for item in missing if item.url}
    unplaced = [entry for entry in strangers if normalise(entry.url) not in by_url]
    by_words = {_words(item): item for item in missing if item.title and item.published}
    copies = sum(_words(entry) in by_words for entry in unplaced)
    unstable = copies >= LEAST_COPIES and copies >= SHARE * len(unplaced)
    named: dict[str, Listed] = {}
    for entry in entries:
        same = None if entry.entry_id in known else by_url.get(normalise(entry.url))
        copy = by_words.get(_words(entry)) if unstable and entry.entry_id not in known else None
        if same is not None and same.entry_id not in named:
            named[same.entry_id] = entry._replace(entry_id=same.entry_id)
        elif same is None and copy is not None and copy.entry_id not in named:
            named[copy.entry_id] = entry._replace(entry_id=copy.entry_id, url=copy.url, fingerprint=copy.fingerprint)
        else:
            named[entry.entry_id] = entry
    return list(named.values())


def _words(thing: Listed | Item) -> tuple[str, int]:
    """Return title and time of publication, none of both where either is missing."""
    return (thing.title, thing.published) if thing.title and thing.published else ("", 0)
