"""A lake on an object store: the same rows, the same commands, the same readers, and no secret anywhere."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import obstore
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from calling import Call, caller
from cluster.minio import BUCKET, Minio, make_minio
from corpora import configure, write_corpus
from killing import a_day_later, stored
from readers import check_seen, hashes
from story import FIRST, build

from pipeline.doctor import examine
from pipeline.run import parse_now, run
from pipeline.runners import runner_options
from schemas.reject import LakeUnwritable
from schemas.tables import TABLES
from transforms.poll.archives import count
from transforms.store import bucket as buckets
from transforms.store.lake import Lake

MORNING, EVENING = "2026-03-04T08:00Z", "2026-03-04T20:00Z"


def run_corpus(folder: Path, lake: Lake, documents: int, now: str) -> None:
    write_corpus(folder / "corpus.jsonl", range(documents))
    run(configure(folder), lake, parse_now(now), runner_options([]), count=count)


@pytest.fixture(name="call")
def in_this_process(capfd: pytest.CaptureFixture[str]) -> Call:
    return caller(capfd)


# ---------------------------------------------------------------- runs


def test_runs_publish_the_same_rows_as_in_a_folder(either_bucket: str, tmp_path: Path) -> None:
    here, there = Lake.open(str(tmp_path / "lake")), Lake.open(either_bucket)
    for now, documents in ((MORNING, 20), (EVENING, 40)):
        run_corpus(tmp_path, here, documents, now)
        run_corpus(tmp_path, there, documents, now)
    assert hashes(there) == hashes(here)
    assert stored(there) == stored(here), "to the byte, under the same names"
    assert examine(there, parse_now(EVENING), deep=True).findings == []


def test_a_store_that_goes_away_ends_the_run_and_the_next_one_ends_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "RETRY", timedelta(seconds=1))  # 30 s for people
    monkeypatch.setattr(buckets, "READ_ATTEMPTS", 1)
    server = make_minio(tmp_path)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    lake, expected = Lake.open(f"s3://{BUCKET}/lake"), Lake.open(str(tmp_path / "expected"))
    with server.running() as process, monkeypatch.context() as patch:
        stage = Lake.stage

        def stop(*arguments: object, **options: object) -> object:
            process.kill()
            process.wait()
            return stage(*arguments, **options)

        patch.setattr(Lake, "stage", stop)
        with pytest.raises(LakeUnwritable, match=r"did not answer for 1 s. Check the network, the endpoint") as told:
            run_corpus(tmp_path, lake, 20, MORNING)
        assert told.value.exit_code == 5
    with server.running():
        assert lake.runs() == []
        with a_day_later():
            run_corpus(tmp_path, lake, 20, MORNING)
        run_corpus(tmp_path, expected, 20, MORNING)
        assert stored(lake) == stored(expected)


# ---------------------------------------------------------------- what lies there


@pytest.fixture(name="story_in_bucket")
def the_story_in_a_bucket(bucket: str) -> Lake:
    return build(bucket)


def test_nothing_that_lies_there_names_a_secret_or_looks_like_a_folder(story_in_bucket: Lake, minio: Minio) -> None:
    mine = story_in_bucket.place.removeprefix(f"s3://{BUCKET}/")
    found = [meta for metas in obstore.list(minio.store(), prefix=mine) for meta in metas]
    assert len(found) > len(TABLES)
    for meta in found:
        assert meta["size"], meta["path"]
        content = bytes(obstore.get(minio.store(), meta["path"]).bytes())
        assert minio.key.encode() not in content
        assert minio.secret.encode() not in content


@pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_wrong_credentials_are_told_without_naming_them(
    story_in_bucket: Lake, call: Call, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "key-that-nobody-may-see")
    ended = call("status", "--lake", story_in_bucket.place, "--debug")
    assert (ended.code, ended.out) == (5, "")
    assert "the store refuses it (HTTP 403" in ended.err
    assert "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in ended.err
    assert "nobody-may-see" not in ended.err
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in ended.err


def test_a_bucket_that_is_not_there_is_told(bucket: str, call: Call) -> None:
    ended = call("query", "--lake", "s3://no-such-bucket/lake", "SELECT 1")
    assert (ended.code, "there is no bucket no-such-bucket. Make it" in ended.err) == (5, True)


# ---------------------------------------------------------------- commands and readers


@pytest.mark.parametrize(
    "arguments",
    [
        ("query", "SELECT event_id, status, month FROM events", "--json"),
        ("query", "SELECT count(*) FROM articles", "--as-of", FIRST),
        ("explain", FIRST, "--json"),
        ("rejects", "list", "--json"),
        ("doctor", "--deep", "--json"),
        ("status", "--json"),
    ],
    ids=lambda each: " ".join(each[:2]),
)
def test_a_command_tells_the_same_as_of_a_folder(
    arguments: tuple[str, ...], bucket: str, tmp_path: Path, call: Call
) -> None:
    told = [told_of(build(place), arguments, call) for place in (bucket, tmp_path / "lake")]
    assert told[0]
    assert told[0] == told[1]


def told_of(lake: Lake, arguments: tuple[str, ...], call: Call) -> str:
    """Return what a command prints, but for where the lake lies and what differs between two moments."""
    ended = call(*arguments, "--lake", lake.place)
    assert ended.code == 0, ended.err
    if arguments[0] != "status":
        return ended.out.replace(lake.place, "LAKE")
    told = json.loads(ended.out)
    timeless = [{**each, "seconds": 0} for each in told.pop("last")]
    sources = [{**each, "silent_s": 0} for each in told.pop("sources")]
    return json.dumps({**told, "lake": "", "now": "", "last": timeless, "sources": sources})


def by_duckdb(files: ds.Dataset) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.sql("SELECT * FROM files").to_arrow_table()


def by_polars(files: ds.Dataset) -> pa.Table:
    return pl.scan_pyarrow_dataset(files).collect().to_arrow()


def by_pandas(files: ds.Dataset) -> pa.Table:
    """Read the folder itself: pandas takes a file system of pyarrow."""
    root = files.files[0].rsplit("/", 2)[0]
    frame = pd.read_parquet(root, filesystem=files.filesystem, dtype_backend="pyarrow")
    return pa.Table.from_pandas(frame, preserve_index=False)


@pytest.mark.parametrize("reader", [by_duckdb, by_polars, by_pandas])
def test_readers_open_it_through_pyarrow(reader: Callable[[ds.Dataset], pa.Table], story_in_bucket: Lake) -> None:
    for table in TABLES:
        folder = story_in_bucket.path(table)
        files = ds.dataset(folder, filesystem=story_in_bucket.filesystem, partitioning="hive")
        check_seen(reader(files), story_in_bucket.read(table), table)
