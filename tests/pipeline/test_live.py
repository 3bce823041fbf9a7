"""validate --live: what each source would give, and every problem with its fix."""

import json
from pathlib import Path

import pytest
from webserver import Answer, Web

from pipeline.__main__ import app

FEED = '<rss version="2.0"><channel><item><link>/1</link><title>Talks</title></item></channel></rss>'


def validated(capfd: pytest.CaptureFixture[str], folder: Path, *options: str, **urls: str) -> tuple[int, str]:
    sources = "".join(f'[[source]]\nname = "{name}"\nurl = "{url}"\n' for name, url in urls.items())
    (folder / "sources.toml").write_text(f'{sources}[poll_sources]\nallow_hosts = ["127.0.0.1"]\n')
    with pytest.raises(SystemExit) as ended:
        app(["validate", str(folder / "sources.toml"), "--live", *options])
    return int(str(ended.value.code)), capfd.readouterr().out


def test_each_source_is_asked_and_every_problem_has_its_fix(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    page = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    with Web({"/feed": Answer(FEED), "/": Answer(page), "/robots.txt": Answer("User-agent: *\nDisallow: /1")}) as web:
        code, out = validated(capfd, tmp_path, "--json", home=web.url(), lost=web.url("/lost"))
        asked = web.paths()
    home, lost = json.loads(out)["sources"]
    assert code == 0
    assert (home["status"], home["entries"], home["first"]) == ("ok", 1, web.url("/1"))
    assert [each.split(":")[0] for each in home["problems"]] == ["feed_found", "robots_denied"]
    assert (lost["status"], lost["http_status"]) == ("failed", 404)
    assert lost["problems"] == [
        "gone: HTTP 404 Not Found. Look for the outlet's new feed: its home page given as url leads to it."
    ]
    assert "/1" not in asked


def test_robots_are_said_to_forbid_what_they_forbid(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    feed = FEED.replace("</channel>", "<item><link>/members/2</link></item></channel>")
    with Web({"/feed": Answer(feed), "/robots.txt": Answer("User-agent: *\nDisallow: /members/")}) as web:
        _, out = validated(capfd, tmp_path, "--json", ledger=web.url("/feed"))
        (problem,) = json.loads(out)["sources"][0]["problems"]
        assert problem.startswith(f"robots_denied: 1 of 2 entries may not be fetched, {web.url('/members/2')} first. ")


def test_where_nothing_can_be_read_the_exit_code_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Web() as web:
        code, out = validated(capfd, tmp_path, lost=web.url("/lost"))
    assert code == 3
    assert "lost: gone: HTTP 404" in out
