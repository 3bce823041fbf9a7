"""Three evenings of the sample newsroom through the command line: the story, its receipts, its ends."""

import doctest
import re
import socket
from pathlib import Path

import first_light
from evenings import Evenings, Light, Row, free_port

from transforms.store.lake import Lake


def followed(light: Light) -> Row:
    """Return the event whose status changed most often."""
    return max(light.rows("events"), key=lambda event: len(event["status_history"]))


def article(light: Light, path: str) -> Row:
    """Return the newest version of the article at a path of the newsroom."""
    found = [each for each in light.rows("articles") if each["requested_url"].endswith(path)]
    return max(found, key=lambda each: each["version"])


# --- the story ------------------------------------------------------------------------------------------------------


def test_one_visit_is_planned_confirmed_and_done_under_one_id_an_evening_each(evenings: Evenings, light: Light) -> None:
    visit = followed(light)
    assert (visit["type"], visit["mode"]) == ("CONSULT", "visit")
    assert [change["status"] for change in visit["status_history"]] == ["planned", "confirmed", "happened"]
    assert [change["run_id"] for change in visit["status_history"]] == evenings.runs
    assert visit["status"] == "happened"


def test_each_change_is_told_by_another_outlet(light: Light) -> None:
    mentions = {each["mention_id"]: each["publisher"] for each in light.rows("mentions")}
    told = [mentions[change["mention_id"]] for change in followed(light)["status_history"]]
    assert told == ["Northern Ledger", "Harbour Wire", "The Meridian Post"]


def test_other_events_end_in_other_ways(light: Light) -> None:
    ends = {(each["type"], each["mode"], each["status"], each["conflict"]) for each in light.rows("events")}
    assert ends >= {
        ("CONSULT", "visit", "postponed", False),
        ("CONSULT", "visit", "denied", False),
        ("CONSULT", "phone", "happened", False),
        ("CONSULT", "multilateral", "happened", False),
        ("CONSULT", "third-party", "happened", False),
        ("AGREE", None, "happened", False),
        ("SUPPORT", None, "denied", True),  # signed, says one side; not signed, says the other
        ("SUPPORT", None, "happened", False),
    }


# --- what real newsrooms have ---------------------------------------------------------------------------------------


def test_copies_name_what_they_are_copies_of_and_do_not_count_as_sources(light: Light) -> None:
    pairs = {
        "/meridian/2026/prime-minister-heads-south": "/ledger/world/prime-minister-to-visit",
        "/meridian/2026/a-deal-on-fish": "/wire/fisheries-agreement-signed",
    }
    copies = [each for each in light.rows("articles") if each["relation"] != "canonical" and each["version"] == 1]
    assert {each["article_id"] for each in copies} == {article(light, path)["article_id"] for path in pairs}
    for copy, original in pairs.items():
        assert article(light, copy)["related_id"] == article(light, original)["article_id"]
        assert not article(light, copy)["independent"]


def test_an_update_is_a_second_version(light: Light) -> None:
    updated = article(light, "/meridian/2026/leaders-speak-by-phone")
    assert updated["version"] == 2
    assert "Update, Tuesday:" in updated["text"]


def test_nothing_around_an_article_is_in_its_text(light: Light) -> None:
    texts = "\n".join(each["text"] for each in light.rows("articles"))
    for around in ("All rights reserved", "Imprint", "Photo:", "Read next", "Subscribe"):
        assert around not in texts
    assert sum(len(each["captions"]) for each in light.rows("articles")) >= 7


def test_articles_in_another_language_are_published_without_events(light: Light) -> None:
    foreign = [each for each in light.rows("articles") if each["language"] != "en"]
    assert {(each["publisher"], each["language"]) for each in foreign} == {("O Estuário", "pt")}
    assert len(foreign) == 6
    assert not {each["article_id"] for each in foreign} & {each["article_id"] for each in light.rows("mentions")}


def test_a_news_sitemap_dates_its_articles(light: Light) -> None:
    listed = [each for each in light.rows("articles") if each["source"] == "estuario"]
    assert {each["published_basis"] for each in listed} == {"source"}
    assert {poll["status"] for poll in light.rows("polls") if poll["kind"] == "sitemap"} == {"ok"}


def test_an_appeal_for_donations_is_no_event(light: Light) -> None:
    told = [each["sentence"] for each in light.rows("mentions") if each["publisher"] == "The Meridian Post"]
    assert len(told) >= 4
    assert not [sentence for sentence in told if "Meridian Post" in sentence or "please give" in sentence]


def test_a_broken_paragraph_is_whole_again_and_mojibake_is_mended(light: Light) -> None:
    assert "spoke of fog" in article(light, "/ledger/world/visit-postponed")["text"]
    assert "It’s a route" in article(light, "/ledger/business/flights-agreed")["text"]


def test_what_is_missing_has_a_reason(light: Light) -> None:
    rejects = [each for each in light.rows("rejects") if each["counted"]]
    reasons = {each["url"].rpartition("/")[2]: each["reason"] for each in rejects}
    assert reasons == {"world": "index_page", "morning-briefing": "robots_denied", "correction-needed": "gone"}
    notes = {each["reason"] for each in light.rows("rejects") if not each["counted"]}
    assert notes == {"mended_text"}


# --- receipts -------------------------------------------------------------------------------------------------------


def test_every_receipt_adds_up_and_counts_the_items(light: Light) -> None:
    items = light.rows("items")
    for run_id in light.runs():
        receipt = Lake.open(str(light.folder)).receipt(run_id)
        assert receipt is not None
        parts = (receipt.published, receipt.duplicates, receipt.unchanged, receipt.rejected)
        mine = [item["outcome"] for item in items if item["run_id"] == run_id]
        assert tuple(map(mine.count, ("published", "duplicate", "unchanged", "rejected"))) == parts
        assert len(mine) == receipt.fetched == sum(parts)


def test_three_more_evenings_bring_nothing_new(evenings: Evenings, light: Light) -> None:
    assert evenings.again.code == 0, evenings.again.err
    assert days_of(evenings.again.out) == [4, 5, 6]
    later = [item["outcome"] for item in light.rows("items") if item["run_id"] not in evenings.runs]
    assert later == ["unchanged"] * 3 * 40
    assert light.news() == evenings.news


# --- the screen -----------------------------------------------------------------------------------------------------


def days_of(out: str) -> list[int]:
    return [int(day) for day in re.findall(r"^Day (\d),", out, re.MULTILINE)]


def test_the_screen_shows_progress_receipts_events_and_the_next_steps(evenings: Evenings, light: Light) -> None:
    out = evenings.ended.out
    assert out.count("Receipt of run") == 2  # the first evening's was shown before the call was stopped
    assert f"One id from plan to fact: {followed(light)['event_id']}" in out
    assert "> confirmed" in out
    for command in ("init sources.toml", "run sources.toml --lake my-lake", '"SELECT status', "explain --lake"):
        assert command in out
    assert "Write partitions" in evenings.ended.err


def test_the_events_fit_80_columns(evenings: Evenings) -> None:
    _, events = re.split(r"^\d+ events$", evenings.ended.out, flags=re.MULTILINE)
    table, _, _ = events.partition("\nNext\n")
    assert table.count("\n") > 30
    assert [line for line in table.splitlines() if len(line) > 80] == []


def test_the_examples_in_its_docstrings_hold() -> None:
    failed, attempted = doctest.testmod(first_light)
    assert (failed, attempted > 0) == (0, True)


# --- other ends -----------------------------------------------------------------------------------------------------


def test_ctrl_c_ends_it_at_once_and_the_next_call_goes_on_where_it_was(evenings: Evenings) -> None:
    assert evenings.stopped.code == 130
    assert evenings.stopped.err.endswith("Stopped, and the newsroom with it. Run it again to go on.\n")
    assert "Traceback" not in evenings.stopped.err
    assert days_of(evenings.stopped.out) == [1, 2]
    assert evenings.first == evenings.runs[:1]
    assert days_of(evenings.ended.out) == [2, 3]


def test_a_taken_port_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = Light(tmp_path / "lake", port).call()
    assert ended.code == 2
    another = ".venv/bin/python examples/first_light.py --port NUMBER"
    assert ended.err == f"Port {port}: Address already in use. Name another: {another}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_lake_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    ended = Light(tmp_path, free_port()).call()
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "is no lake" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_lake_of_other_runs_is_left_alone(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    with lake.lock():
        pass
    (tmp_path / "_manifests").mkdir(exist_ok=True)
    (tmp_path / "_manifests" / "20250101T060000Z-0123abcd.json").write_text("{}")
    ended = Light(tmp_path, free_port()).call()
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "holds other runs" in ended.err
