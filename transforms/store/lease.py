"""The lease of a lake on an object store: one writer at a time, where no lock dies with its process.

    _lease.json     who holds the lake, under which epoch; its time is the store's
    _clock          written to learn what time the store has

Whoever holds the lease renews it every heartbeat; after three without one it has expired, and another may take the lake
over, which raises the epoch. Times are the store's own, so no two machines have to agree on them.

A writer that was paused for longer than that must not commit any more. So a commit is decided here: one conditional
write, under its epoch, names the draft of the manifest and the place that it belongs to. It fails once the epoch has
risen; and when it has not failed, whoever takes over creates the manifest first, by what stands here.
"""

import contextlib
import json
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Optional

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import ObjectStore

from schemas.reject import LakeLocked
from transforms.store.storage import Held

LEASE = "_lease.json"
CLOCK = "_clock"

#: How often a lease is renewed, and how many times that may fail to happen.
HEARTBEAT_S = 10.0
MISSED = 3

#: Stores tell times in whole seconds.
TICK = timedelta(seconds=1)


class Lease(NamedTuple):
    """What `_lease.json` says."""

    epoch: int  # 1 for the first writer; one more for each that follows
    holder: str  # for people: host and process
    token: str  # random: tells two takings at the same time apart
    heartbeat_s: float
    beat: int = 0  # renewals: no two contents are equal, for an ETag may be a hash
    released: bool = False
    draft: str = ""  # of the manifest that was decided last
    place: str = ""  # where it belongs
    renewed: float = 0.0  # Unix seconds of the holder's last sign of life, where that is older than this content


class Standing(NamedTuple):
    """The lease as the store has it."""

    lease: Lease
    version: Any  # precondition of a change
    renewed: datetime  # when its holder gave a sign of life, by the store's clock


class Leases:
    """The lease of one lake. `store` is an obstore store at the lake's root."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        self.held = 0  # epoch that `hold` renews

    def read(self) -> Optional[Standing]:
        """Return the lease that stands; None before the first."""
        try:
            found = obstore.get(self.store, LEASE)
        except FileNotFoundError:
            return None
        stored = json.loads(bytes(found.bytes()))
        lease = Lease(**{name: stored[name] for name in Lease._fields if name in stored})
        renewed = datetime.fromtimestamp(lease.renewed, UTC) if lease.renewed else found.meta["last_modified"]
        return Standing(lease, _version(found.meta), renewed)

    def is_held(self, standing: Standing) -> bool:
        """Say whether its holder still counts as being at work."""
        if standing.lease.released:
            return False
        return self.now() - standing.renewed <= timedelta(seconds=MISSED * standing.lease.heartbeat_s) + TICK

    def now(self) -> datetime:
        """Return the store's time."""
        obstore.put(self.store, CLOCK, b"\n")  # an empty object is what some take for a folder
        return obstore.head(self.store, CLOCK)["last_modified"]

    def take(self, heartbeat_s: float) -> int:
        """Take the lake, over where its holder has fallen silent; return the epoch.

        Raises:
            Held: another holds it.
        """
        mine = uuid.uuid4().hex
        while True:
            standing = self.read()
            if standing and standing.lease.token == mine:  # it was written, and only the answer was lost
                return standing.lease.epoch
            if standing and self.is_held(standing):
                raise Held(standing.lease.holder)
            before = standing.lease if standing else Lease(0, "", "", 0.0)
            taken = Lease(before.epoch + 1, _who_am_i(), mine, heartbeat_s, draft=before.draft, place=before.place)
            if self._write(taken, standing):
                return taken.epoch

    def renew(self, epoch: int) -> None:
        """Give a sign of life.

        Raises:
            LakeLocked: the lease of `epoch` has been released or taken over.
        """
        self._change(epoch)

    def decide(self, epoch: int, draft: str, place: str) -> None:
        """Decide that the file `draft` is to stand at `place`; see the head of this file.

        This is no sign of life: what a launcher that was killed has left on an engine does not hold the lake for it.

        Raises:
            LakeLocked: the lease of `epoch` has been released or taken over.
        """
        self._change(epoch, alive=False, draft=draft, place=place)

    def fence(self, epoch: int) -> int:
        """Raise the epoch of one's own lease and return it: what was begun before, wherever, commits no more.

        Raises:
            LakeLocked: the lease of `epoch` has been released or taken over.
        """
        self._change(epoch, epoch=epoch + 1)
        self.held = epoch + 1
        return self.held

    def release(self, epoch: int) -> None:
        """Let the next one in at once. A lease that has ended is left as it is."""
        with contextlib.suppress(LakeLocked):
            self._change(epoch, released=True)

    def check(self, epoch: int) -> Standing:
        """Return the lease of `epoch`, unless it has been released or taken over.

        Raises:
            LakeLocked: it has.
        """
        standing = self.read()
        if standing is None or standing.lease.epoch != epoch or standing.lease.released:
            by = f"; {standing.lease.holder} had the next one" if standing and standing.lease.epoch > epoch else ""
            raise LakeLocked(
                f"The lease of this run (epoch {epoch}) has ended{by}. Nothing is committed under it any more."
            )
        return standing

    def _change(self, epoch: int, /, *, alive: bool = True, **changes: Any) -> None:
        while True:
            standing = self.check(epoch)
            renewed = 0.0 if alive else standing.renewed.timestamp()
            lease = standing.lease._replace(beat=standing.lease.beat + 1, renewed=renewed, **changes)
            if self._write(lease, standing):
                return

    def _write(self, lease: Lease, standing: Optional[Standing]) -> bool:
        """Write a lease in the place of the one that stands; False where that has changed meanwhile."""
        content = json.dumps(lease._asdict(), indent=1).encode()
        try:
            obstore.put(self.store, LEASE, content, mode=standing.version if standing else "create")
        except (AlreadyExistsError, PreconditionError):
            return False
        return True

    @contextlib.contextmanager
    def hold(self, heartbeat_s: float) -> Iterator[int]:
        """Take the lake and keep it for as long as the block and this process last; gives the epoch.

        Raises:
            Held: another holds it.
        """
        self.held = self.take(heartbeat_s)
        ended = threading.Event()
        threading.Thread(target=self._beat, args=(heartbeat_s, ended), daemon=True, name="newsbeam-lease").start()
        try:
            yield self.held
        finally:
            ended.set()
            with contextlib.suppress(BaseError):  # the store is gone; the lease expires
                self.release(self.held)

    def _beat(self, heartbeat_s: float, ended: threading.Event) -> None:
        while not ended.wait(heartbeat_s):
            epoch = self.held
            try:
                self.renew(epoch)
            except LakeLocked:
                if epoch == self.held:
                    return  # the next commit is refused, and says why
            except BaseError:
                continue  # the store may answer again in time


def _version(meta: Any) -> Any:
    return {name: meta[name] for name in ("e_tag", "version") if meta[name] is not None}


def _who_am_i() -> str:
    return f"{socket.gethostname()}, process {os.getpid()}"
