"""The lease: one writer on an object store, and none that was paused for too long."""

import json
import pickle
from datetime import datetime, timedelta

import obstore
import pytest
from killing import stored
from records import MONDAY, RUN_ID, an_article

from schemas import Receipt, StagedFile
from schemas.reject import LakeLocked, LakeUnwritable
from schemas.tables import TABLES, to_arrow
from transforms.store.bucket import Bucket
from transforms.store.lake import Lake
from transforms.store.lease import HEARTBEAT_S, MISSED, Leases, Standing
from transforms.store.storage import Held

NEXT_RUN = "20260303T060000Z-0123abcd"


class Patient(Leases):
    """Leases whose store has a clock that a test turns."""

    late = timedelta()

    def now(self) -> datetime:
        return super().now() + self.late

    def pass_heartbeats(self, number: float) -> None:
        self.late += timedelta(seconds=number * HEARTBEAT_S)


@pytest.fixture(name="bucket")
def on_both_stores(either_bucket: str) -> str:
    return either_bucket


@pytest.fixture(name="leases")
def the_lease_of_an_empty_lake(bucket: str) -> Patient:
    return Patient(Bucket(bucket).store)


def standing(leases: Leases) -> Standing:
    found = leases.read()
    assert found
    return found


def test_the_first_writer_has_the_first_epoch(leases: Patient) -> None:
    assert leases.take(HEARTBEAT_S) == 1


def test_a_lease_that_is_held_is_refused_with_the_name_of_its_holder(leases: Patient) -> None:
    leases.take(HEARTBEAT_S)
    with pytest.raises(Held, match=r".+, process \d+"):
        leases.take(HEARTBEAT_S)


def test_a_lease_that_was_given_back_is_free_at_once_and_its_epoch_rises(leases: Patient) -> None:
    leases.release(leases.take(HEARTBEAT_S))
    assert leases.take(HEARTBEAT_S) == 2


def test_a_lease_expires_after_three_heartbeats(leases: Patient) -> None:
    leases.take(HEARTBEAT_S)
    leases.pass_heartbeats(MISSED - 0.5)
    with pytest.raises(Held):
        leases.take(HEARTBEAT_S)
    leases.pass_heartbeats(1)
    assert leases.take(HEARTBEAT_S) == 2


def test_a_heartbeat_keeps_it(leases: Patient) -> None:
    epoch = leases.take(HEARTBEAT_S)
    before = standing(leases)
    leases.renew(epoch)
    after = standing(leases)
    assert after.renewed >= before.renewed
    assert after.version != before.version, "else a change in between would not be noticed"
    assert after.lease._replace(beat=0) == before.lease


def test_a_lease_that_expired_and_that_nobody_took_is_still_its_holders(leases: Patient) -> None:
    epoch = leases.take(HEARTBEAT_S)
    leases.pass_heartbeats(10 * MISSED)
    leases.renew(epoch)


@pytest.mark.parametrize(
    "change", [Leases.check, Leases.renew, lambda leases, epoch: leases.decide(epoch, "draft", "place")]
)
def test_nothing_is_done_under_a_lease_that_was_taken_over(leases: Patient, change: object) -> None:
    assert callable(change)
    epoch = leases.take(HEARTBEAT_S)
    leases.pass_heartbeats(2 * MISSED)
    leases.take(HEARTBEAT_S)
    with pytest.raises(LakeLocked, match=rf"epoch {epoch}\) has ended; .*process \d+ had the next one"):
        change(leases, epoch)
    leases.release(epoch)
    assert not standing(leases).lease.released, "the next one's is left alone"


class Interfering(Patient):
    """Leases that another process changes between reading and writing."""

    other: Leases
    epoch: int

    def read(self) -> Standing | None:
        found = super().read()
        if self.epoch:
            epoch, self.epoch = self.epoch, 0
            self.other.renew(epoch)
        return found


def test_a_heartbeat_in_between_does_not_lose_a_decision(leases: Patient) -> None:
    epoch = leases.take(HEARTBEAT_S)
    interfering = Interfering(leases.store)
    interfering.other, interfering.epoch = leases, epoch
    interfering.decide(epoch, "draft", "place")
    assert (standing(leases).lease.draft, standing(leases).lease.beat) == ("draft", 2)


def test_a_field_of_a_later_release_does_not_disturb(leases: Patient) -> None:
    leases.release(leases.take(HEARTBEAT_S))
    told = {**standing(leases).lease._asdict(), "new": 1}
    obstore.put(leases.store, "_lease.json", json.dumps(told).encode())
    assert leases.take(HEARTBEAT_S) == 2


# ---------------------------------------------------------------- a lake under a lease


def stage(lake: Lake, number: int) -> list[StagedFile]:
    return [lake.stage(RUN_ID, "articles", "date=2026-03-02", to_arrow("articles", [an_article(number)]))]


def commit(lake: Lake, files: list[StagedFile]) -> Receipt:
    receipt = Receipt(RUN_ID, MONDAY, **dict.fromkeys(Receipt._fields[2:], 0))
    return lake.commit(receipt, files, sources=[], software_version="0.1.0", rules_version="0000abcd")


def take_over(bucket: str) -> Lake:
    """Return the lake of a process that found its holder silent."""
    lake = Lake.open(bucket)
    assert isinstance(lake.storage, Bucket)
    leases = Patient(lake.storage.store)
    leases.pass_heartbeats(2 * MISSED)
    lake.epoch = leases.take(HEARTBEAT_S)
    return lake


def test_a_worker_commits_under_the_lease_that_its_launcher_pickled(bucket: str) -> None:
    lake = Lake.open(bucket)
    with lake.lock():
        lake.begin(RUN_ID)
        worker = pickle.loads(pickle.dumps(lake))
        worker.check_lease()
        commit(worker, stage(worker, 1))
    assert lake.read("articles").num_rows == 1


def test_a_pickled_lake_names_no_credentials(bucket: str) -> None:
    lake = Lake.open(bucket)
    with lake.lock():
        lake.recover()
        assert lake.filesystem
        told = pickle.dumps(lake)
    assert b"key-" not in told
    assert bucket.encode() in told
    assert len(told) < 400


def test_a_commit_under_an_older_epoch_is_refused(bucket: str) -> None:
    paused = Lake.open(bucket)
    with paused.lock():
        paused.begin(RUN_ID)
        files = stage(paused, 1)
        take_over(bucket)  # and the next step would be to drop what was begun
        with pytest.raises(LakeLocked, match="has ended"):
            commit(paused, files)
        assert paused.runs() == []
        with pytest.raises(LakeLocked, match="has ended"):
            paused.begin(NEXT_RUN)


def test_a_run_that_the_next_writer_does_again_is_committed_by_it_alone(bucket: str) -> None:
    paused = Lake.open(bucket)
    with paused.lock():
        paused.begin(RUN_ID)
        files = stage(paused, 1)
        successor = take_over(bucket)
        successor.recover()
        with pytest.raises(LakeUnwritable, match="Something vanished"):
            commit(paused, files)
        successor.begin(RUN_ID)
        with pytest.raises(LakeLocked, match="took over"):
            commit(paused, files)
        commit(successor, stage(successor, 2))
    assert successor.read("articles")["url"].to_pylist() == ["https://harbour.example/2"]


def test_what_was_decided_before_the_lease_was_taken_over_is_committed(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends between its decision and the manifest: from then on no other answer is possible."""
    lake = Lake.open(bucket)
    with lake.lock():
        lake.begin(RUN_ID)
        files = stage(lake, 1)
        with monkeypatch.context() as patch:
            patch.setattr(Bucket, "_settle", lambda *_: exit())
            with pytest.raises(SystemExit):
                commit(lake, files)
        assert lake.runs() == []
        successor = take_over(bucket)
        successor.recover()
        assert successor.runs() == [RUN_ID]
        assert {path.partition("/")[0] for path in stored(successor)} == set(TABLES)
        assert commit(lake, files) == successor.receipt(RUN_ID), "it woke up: its run stands"


def test_what_was_begun_before_a_recovery_is_not_committed_after_it(bucket: str) -> None:
    """A job failed, and its launcher submits another; a worker of the first is still at work."""
    lake = Lake.open(bucket)
    with lake.lock():
        lake.begin(RUN_ID)
        worker = pickle.loads(pickle.dumps(lake))
        files = stage(worker, 1)
        lake.recover()
        lake.begin(RUN_ID)
        with pytest.raises(LakeLocked, match="took over"):
            commit(worker, files)
        with pytest.raises(LakeLocked, match="has ended"):
            worker.check_lease()
        commit(lake, stage(lake, 2))
    assert lake.read("articles")["url"].to_pylist() == ["https://harbour.example/2"]


def test_a_worker_that_outlives_its_launcher_does_not_hold_the_lake(bucket: str) -> None:
    lake = Lake.open(bucket)
    assert isinstance(lake.storage, Bucket)
    leases = Patient(lake.storage.store)
    with lake.lock(heartbeat_s=3_600):
        before = standing(leases)
        lake.check_lease()
        lake.begin(RUN_ID)
        assert standing(leases) == before
        commit(lake, stage(lake, 1))
        after = standing(leases)
        assert (after.renewed, after.lease.renewed) == (before.renewed, before.renewed.timestamp())


def test_a_launcher_that_is_done_lets_the_next_one_in_at_once(bucket: str) -> None:
    for epoch in (1, 2):
        lake = Lake.open(bucket)
        with lake.lock():
            assert lake.epoch == epoch
            assert lake.storage.holder()
    assert lake.storage.holder() is None


def test_the_launcher_renews_the_lease_by_itself_whatever_its_epoch_is_by_now(bucket: str) -> None:
    lake = Lake.open(bucket)
    assert isinstance(lake.storage, Bucket)
    leases = lake.storage.leases
    with lake.lock(heartbeat_s=0.01):
        for _ in range(3):
            lake.recover()
            beat = standing(leases).lease.beat
            while standing(leases).lease.beat < beat + 3:  # each look is a request
                pass


def test_a_workers_heartbeat_fails_once_the_lake_was_taken_over(bucket: str) -> None:
    lake = Lake.open(bucket)
    with lake.lock():
        take_over(bucket)
        with pytest.raises(LakeLocked, match="has ended"):
            lake.check_lease()
