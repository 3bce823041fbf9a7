"""A lake below a prefix of a bucket, on S3, on what speaks its language, or on Google Cloud Storage.

Control (manifests, lease, staging) goes through obstore, which knows conditional writes and leaves no markers of
directories behind; rows are read through pyarrow. Credentials and endpoint come from the environment of each process: a
bucket that is sent to a worker carries its address alone.
"""

import contextlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any, Optional
from urllib.parse import SplitResult, urlsplit

import obstore
import pyarrow.fs as pafs
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import GCSStore, ObjectStore, S3Store

from schemas.reject import ConfigurationError, LakeUnwritable
from transforms.store.lease import Leases
from transforms.store.manifest import Switch
from transforms.store.storage import NOTICE

#: How long a request is tried again: over a hiccup or a change of leader. Then the run ends; what was committed stands.
RETRY = timedelta(seconds=30)
PAUSE = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=3), "base": 2}

#: A request that takes longer is given up and tried again. A file of a run seldom has more than 64 MiB.
REQUEST = timedelta(seconds=60)

#: Attempts of pyarrow's readers, whose pauses double: about as long as RETRY.
READ_ATTEMPTS = 8

CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or the role of the machine) and AWS_REGION",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS (or the account of the machine)",
}


class Bucket:
    """The objects below a prefix. Pickles as its address."""

    def __init__(self, uri: str) -> None:
        """Take an address, of which nothing is asked yet.

        Raises:
            ConfigurationError: it is not s3://BUCKET/PREFIX or gs://BUCKET/PREFIX.
        """
        parts = urlsplit(uri)
        if parts.scheme not in CREDENTIALS:
            raise ConfigurationError(f"--lake {uri}: a lake is a folder, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX.")
        if not parts.netloc or re.search(r"[@:?#]", uri.partition("://")[2]):
            form = f"{parts.scheme}://BUCKET/PREFIX"
            raise ConfigurationError(f"--lake: write {form}; keys, ports and endpoints stand in the environment.")
        self.scheme, self.bucket = parts.scheme, parts.netloc
        self.prefix = "/".join(filter(None, parts.path.split("/")))
        if any(part in (".", "..") for part in self.prefix.split("/")):
            raise ConfigurationError(f"--lake {uri}: a part of the prefix is made of dots. Leave it out.")
        self.root = f"{self.bucket}/{self.prefix}" if self.prefix else self.bucket
        self.place = f"{self.scheme}://{self.root}"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.place,)

    @cached_property
    def filesystem(self) -> pafs.FileSystem:
        """What rows are read through."""
        address = urlsplit(self._endpoint)
        return _gcs_filesystem(address) if self.scheme == "gs" else _s3_filesystem(address)

    @cached_property
    def store(self) -> ObjectStore:
        """What everything else goes through."""
        kind: Any = S3Store if self.scheme == "s3" else GCSStore
        return kind(
            self.bucket,
            prefix=self.prefix or None,
            client_options={"allow_http": self._endpoint.startswith("http://"), "timeout": REQUEST},
            retry_config={"max_retries": 100, "retry_timeout": RETRY, "backoff": PAUSE},
            **self._elsewhere(),
        )

    @property
    def _endpoint(self) -> str:
        """The address of another store than the scheme's own; "" where none is set."""
        if self.scheme == "gs":
            return os.environ.get("STORAGE_EMULATOR_HOST", "")
        return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""

    def _elsewhere(self) -> dict[str, Any]:
        """Return the options of obstore for `_endpoint`. What stands in for Google's store asks for no account."""
        if not self._endpoint:
            return {}
        if self.scheme == "gs":
            nobody = {"disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}
            return {"service_account_key": json.dumps({"gcs_base_url": self._endpoint, **nobody})}
        return {"endpoint": self._endpoint}

    @cached_property
    def leases(self) -> Leases:
        return Leases(self.store)

    def exists(self, path: str) -> bool:
        """Say whether there is such an object, or one below it."""
        with self._asking():
            try:
                obstore.head(self.store, path)
            except FileNotFoundError:
                return any(obstore.list(self.store, f"{path}/", chunk_size=1))
        return True

    def read(self, path: str) -> Optional[bytes]:
        with self._asking():
            try:
                return bytes(obstore.get(self.store, path).bytes())
            except FileNotFoundError:
                return None

    def names(self, folder: str) -> list[str]:
        found = self._listed(folder)
        paths = [*found["common_prefixes"], *(meta["path"] for meta in found["objects"])]
        return sorted(path.rstrip("/").rpartition("/")[2] for path in paths)

    def sizes(self, folder: str) -> dict[str, int]:
        return {meta["path"]: meta["size"] for meta in self._listed(folder)["objects"]}

    def _listed(self, folder: str) -> Any:
        with self._asking():
            return obstore.list_with_delimiter(self.store, folder)

    def make_folder(self, path: str) -> None:
        """There are none."""

    def put(self, path: str, content: bytes) -> None:
        with self._asking():
            obstore.put(self.store, path, content)

    def create(self, draft: str, path: str, epoch: int) -> None:
        with self._asking():
            self.leases.decide(epoch, draft, path)
            self._settle(draft, path)

    def settle(self) -> None:
        with self._asking():
            if (standing := self.leases.read()) and standing.lease.draft:
                self._settle(standing.lease.draft, standing.lease.place)

    def _settle(self, draft: str, path: str) -> None:
        """Create what was decided; whoever was faster has done the same."""
        content = self.read(draft)  # gone with its staging area: all was done
        if content is not None:
            with contextlib.suppress(AlreadyExistsError):
                obstore.put(self.store, path, content, mode="create")

    def move(self, path: str, place: str) -> bool:
        with self._asking():
            try:
                obstore.copy(self.store, path, place)
            except FileNotFoundError:
                return False
        return True

    def delete(self, paths: Sequence[str]) -> None:
        with self._asking(), contextlib.suppress(FileNotFoundError):
            obstore.delete(self.store, paths)

    def delete_folder(self, folder: str, first: str = "") -> None:
        self.delete([f"{folder}/{first}"] if first else [])
        with self._asking():
            for metas in obstore.list(self.store, f"{folder}/"):
                self.delete([meta["path"] for meta in metas])

    def check_switch(self, scratch: str) -> None:
        """It needs nothing but PUT, COPY and DELETE."""

    def switch(self, switch: Switch, spare: str) -> None:
        notice = f"{switch.folder}/{NOTICE}"
        for name in switch.removes:
            self.move(f"{switch.folder}/{name}", f"{spare}/{name}")
        self.put(notice, b"newsbeam is putting few files in the place of many here. Read again in a moment.\n")
        self.delete([f"{switch.folder}/{name}" for name in switch.removes])
        for staged, name in switch.adds.items():
            place = f"{switch.folder}/{name}"
            if not self.move(staged, place) and not self.exists(place):
                raise LakeUnwritable(f"{self.place}/{place} was committed and is neither staged nor in place.")
        self.delete([notice])

    def sync(self, folder: str) -> None:
        """What was put is durable."""

    @contextlib.contextmanager
    def hold(self, heartbeat_s: float) -> Iterator[int]:
        with contextlib.ExitStack() as stack:
            with self._asking():
                epoch = stack.enter_context(self.leases.hold(heartbeat_s))
            yield epoch

    def check(self, epoch: int) -> None:
        with self._asking():
            self.leases.check(epoch)

    def fence(self, epoch: int) -> int:
        with self._asking():
            return self.leases.fence(epoch)

    def holder(self) -> Optional[str]:
        with self._asking():
            standing = self.leases.read()
            return standing.lease.holder if standing and self.leases.is_held(standing) else None

    def unwritable(self, paths: Sequence[str]) -> list[str]:
        return []

    def free_bytes(self) -> Optional[int]:
        return None

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """Turn what obstore raises into one sentence of ours, without its text: that may hold an access key."""
        try:
            yield
        except BaseError as error:
            raise self._refusal(error) from None

    def _refusal(self, error: BaseError) -> LakeUnwritable:
        text = str(error)
        code = re.search(r"<Code>(\w+)</Code>", text)
        status = re.search(r"status code: (\d+)[\w ]*", text)
        told = " ".join(filter(None, (status and f"HTTP {status[1]}", code and code[1])))
        refused = isinstance(error, (PermissionDeniedError, UnauthenticatedError))
        match (code and code[1], refused, bool(told)):
            case ("NoSuchBucket", _, _):
                what, fix = f"there is no bucket {self.bucket}", "Make it, or name another: newsbeam makes none."
            case (_, True, _):
                what, fix = f"the store refuses it ({told})", f"Check {CREDENTIALS[self.scheme]}, then run again."
            case (_, _, True):
                what, fix = f"the store failed ({told})", "Run again."
            case _:
                what = f"the store did not answer for {RETRY.seconds} s"
                fix = f"Check the network, the endpoint ({self._endpoint or 'none is set'}) and the credentials."
        return LakeUnwritable(f"The lake {self.place} cannot be used: {what}. {fix} What was committed stands.")


def _s3_filesystem(address: SplitResult) -> pafs.FileSystem:
    options: dict[str, Any] = {"region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")}
    if address.netloc:
        options |= {"scheme": address.scheme, "endpoint_override": address.netloc + address.path.rstrip("/")}
    retries = pafs.AwsStandardS3RetryStrategy(max_attempts=READ_ATTEMPTS)
    return pafs.S3FileSystem(**options, retry_strategy=retries)


def _gcs_filesystem(address: SplitResult) -> pafs.FileSystem:
    options: dict[str, Any] = {}
    if address.netloc:
        options = {"anonymous": True, "scheme": address.scheme, "endpoint_override": address.netloc}
    return pafs.GcsFileSystem(**options, retry_time_limit=RETRY)
