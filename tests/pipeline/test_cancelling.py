"""Jobs that are left on an engine are ended by their name: here by a stand-in for Flink's own interface on loopback."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions

from pipeline.cancelling import cancel_left, named


class FakeFlink:
    """Some jobs by id, each with its name and state, which cancelling ends."""

    def __init__(self, jobs: dict[str, tuple[str, str]]) -> None:
        self.jobs = jobs

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        flink = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = [{"jid": job, "name": name, "state": state} for job, (name, state) in flink.jobs.items()]
                self.answer(200, json.dumps({"jobs": found}).encode())

            def do_PATCH(self) -> None:
                job = self.path.removeprefix("/jobs/").removesuffix("?mode=cancel")
                flink.jobs[job] = (flink.jobs[job][0], "CANCELED")
                self.answer(202, b"{}")

            def answer(self, status: int, content: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None: ...

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"127.0.0.1:{server.server_port}"
            server.shutdown()


def test_what_a_killed_launcher_left_is_ended_and_nothing_else() -> None:
    mine = named(PipelineOptions([]), "s3://bucket/lake").view_as(GoogleCloudOptions).job_name
    other = named(PipelineOptions([]), "s3://bucket/other").view_as(GoogleCloudOptions).job_name
    flink = FakeFlink({"a": (mine, "RESTARTING"), "b": (other, "RUNNING"), "c": (mine, "FAILED")})
    with flink.serving() as place:
        cancel_left(named(PipelineOptions([f"--flink_master={place}"]), "s3://bucket/lake"))
    assert {job: state for job, (_, state) in flink.jobs.items()} == {"a": "CANCELED", "b": "RUNNING", "c": "FAILED"}


@pytest.mark.parametrize("master", ["[auto]", "127.0.0.1:1"])
def test_a_flink_that_is_not_named_or_does_not_answer_stops_nobody(master: str) -> None:
    cancel_left(named(PipelineOptions([f"--flink_master={master}"]), "lake"))
