"""explain: the life of one thing, as a person reads it."""

import io

import pytest
from story import ARTICLE, COPY, EVENT, SHORT, check_golden

from pipeline.display import show_life
from pipeline.explain import explain, resolve
from pipeline.screen import console
from schemas.ids import make_id
from schemas.reject import ConfigurationError
from transforms.lake import Lake

LIVES = {
    "explain_event": EVENT,
    "explain_article": ARTICLE,
    "explain_copy": COPY,
    "explain_reject": SHORT,
    "explain_source": "quay",
    "explain_merged_event": make_id("event", 4),
}


@pytest.mark.parametrize("name", LIVES)
def test_a_life_reads_as_kept(name: str, story: Lake) -> None:
    shown = io.StringIO()
    show_life(console(shown), explain(story, LIVES[name]))
    check_golden(name, shown.getvalue(), story)


@pytest.mark.parametrize(
    ("wanted", "kind", "found"),
    [
        (EVENT[:6], "event", EVENT),
        (make_id("mention", 4), "event", EVENT),
        (ARTICLE[:9], "article", ARTICLE),
        ("https://harbour.example/1", "article", ARTICLE),
        ("guid-3", "reject", SHORT),
        ("https://quay.example/feed.xml", "source", "https://quay.example/feed.xml"),
    ],
)
def test_a_thing_is_found_by_its_id_its_beginning_its_url_or_its_name(
    wanted: str, kind: str, found: str, story: Lake
) -> None:
    life = explain(story, wanted)
    assert (life.kind, life.id) == (kind, found)


def test_a_beginning_of_several_ids_names_them(story: Lake) -> None:
    assert len(resolve(story, "")) > 5
    with pytest.raises(ConfigurationError, match=r"begins more than one id: [0-9a-f]{16}, .* Give more of it\."):
        explain(story, "")


def test_an_unknown_id_says_where_ids_stand(story: Lake) -> None:
    with pytest.raises(ConfigurationError, match=r"Nothing in this lake has the id zzz\. .*newsbeam query"):
        explain(story, "zzz")
