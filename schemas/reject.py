"""What was not published and why, and the few exceptions that a user can meet."""

from typing import NamedTuple, Optional

#: Every reason there is, with the sentence that explains it. Closed: a test fails on a reason that is not here.
REASONS: dict[str, str] = {
    # polling
    "bad_url": "The address is not an http or https URL.",
    "blocked_address": "The address leads to a private or reserved network.",
    "robots_denied": "The host's robots.txt forbids it.",
    "robots_unreadable": "The host's robots.txt cannot be read, which forbids everything until it can.",
    "retired": "The server says that it is gone for good (410): it is not asked again until it is revived.",
    "not_a_feed": "The answer is neither a feed nor a sitemap nor a list of addresses.",
    "feed_found": "The address is a page; the feed that it names was read instead.",
    "feed_damaged": "The feed or sitemap could only be read in part.",
    "missing_file": "The file or folder is not there.",
    "unreadable_file": "The file cannot be read.",
    "bad_document": "The line is not a document: it needs text, and a title or an id.",
    "entry_without_link": "The entry of a feed or sitemap names no address.",
    # fetching
    "http_error": "The server answered with an error.",
    "gone": "The page is no longer there (404 or 410).",
    "credentials_missing": "The environment variable of a source's header is not set where the work is done.",
    "timeout": "The server took too long.",
    "connection_failed": "No connection could be made.",
    "bad_certificate": "The server's certificate cannot be trusted; nothing was asked without checking it.",
    "too_large": "The answer is larger than the cap.",
    "too_many_redirects": "The address redirects without end.",
    "not_html": "The answer is not a page of text.",
    "noindex": "The publisher does not want the page to be indexed (X-Robots-Tag or a robots meta).",
    "noai": "The publisher reserves the page against use by machines that learn (noai).",
    "tdm_reserved": "The publisher reserves text and data mining (TDM Reservation Protocol).",
    "page_unreachable": "The page could not be fetched; the whole text that the feed carries stands for it.",
    # deferring: reasons of items, not of rejects
    "over_budget": "The host's share of this run was used up; a later run fetches it.",
    "host_silent": "The host did not answer three times in a row; a later run asks it again.",
    "host_busy": "The host is left alone for a while, as it asked or by its delay; a later run asks it again.",
    # cleaning
    "no_article": "There is no article on the page.",
    "pay_wall": "The page shows a preview only: the article is for those who pay or sign in.",
    "consent_page": "The page asks for consent to cookies or to the use of data, and holds nothing else.",
    "error_page": "The page says that there is nothing to read (an error told as a page, or a parked domain).",
    "index_page": "The page is a list of headlines or links.",
    "meta_refresh": "The page has hardly any text and only sends on to another.",
    "wrong_language": "The text is in another language than the one that the source is fixed to.",
    "too_short": "The article has fewer words than the minimum.",
    "too_costly": "The page took too long or too much memory to read.",
    "undecodable": "The bytes are no text in any encoding that was tried.",
    "mended_text": "Characters that no text may hold were removed; the rest went on.",
    "absurd_date": "The date of publication cannot be right; the time of the run stands in for it.",
    # any stage
    "stage_failed": "A stage raised an error on this record.",
}


class Reject(NamedTuple):
    """One thing that was not published, with what is needed to try it again."""

    run_id: str
    stage: str  # the step, from poll_sources to write_partitions
    reason: str  # a key of REASONS
    detail: str  # one sentence: what was found
    source: str
    url: str
    rejected_at: int  # logical time of the run, µs
    counted: bool  # part of the receipt's sum (an item); False for poll failures and after publication
    entry_id: str  # "" for a poll
    fingerprint: str
    article_id: str
    attempts: int  # this one included
    retry_at: Optional[int]  # µs; None: not tried again unless the source changes what it says
    title: Optional[str]
    published: Optional[int]  # µs
    replay: Optional[str]  # JSON of the record that failed, without its body


class NewsbeamError(Exception):
    """What the command line shows in one sentence. `exit_code` is the process's."""

    exit_code = 1


class ConfigurationError(NewsbeamError):
    """A setting is wrong; says where, and the fix."""

    exit_code = 2


class LakeLocked(NewsbeamError):
    """Another run holds the lake."""

    exit_code = 4


class LakeUnwritable(NewsbeamError):
    """The lake cannot be written, or is of a newer format."""

    exit_code = 5


class ReceiptMismatch(NewsbeamError):
    """The receipt does not add up; nothing was committed."""

    exit_code = 6
