"""A Flink cluster on loopback: JobManager, TaskManagers with a pool of Python workers each, and Beam's job server."""

import contextlib
import json
import socket
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Optional

import install
from java import java
from pool import pool
from processes import Process, ended, free_ports, listens

#: The name of a runner, and what stands behind -- for it.
Engine = tuple[str, list[str]]

#: The name under which a TaskManager finds its pool of workers.
POOL = "pool"

#: A TaskManager that is started without Flink's scripts wants every size of its memory as a number. The graph has some
#: twenty shuffles, each with buffers for every pair of subtasks: 64 MiB of network memory were too few for two.
SETTINGS = {
    "taskmanager.cpu.cores": "1.0",
    "taskmanager.memory.task.heap.size": "384m",
    "taskmanager.memory.managed.size": "256m",
    "taskmanager.memory.network.min": "256m",
    "taskmanager.memory.network.max": "256m",
    "taskmanager.memory.framework.heap.size": "128m",
    "taskmanager.memory.framework.off-heap.size": "128m",
    "taskmanager.memory.task.off-heap.size": "64m",
    "taskmanager.memory.jvm-metaspace.size": "256m",
    "taskmanager.memory.jvm-overhead.min": "192m",
    "taskmanager.memory.jvm-overhead.max": "192m",
    "jobmanager.memory.process.size": "1g",
    "classloader.resolve-order": "parent-first",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "200",  # a TaskManager that begins again takes several
    "restart-strategy.fixed-delay.delay": "3s",
    "heartbeat.interval": "1000",
    "heartbeat.timeout": "60000",  # a busy machine is not dead, and a dead one refuses connections
    "pekko.ask.timeout": "120 s",
}

LOGGING = """
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = Console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c{1} - %m%n
"""


class Flink:
    """The processes of a cluster, and what they say of themselves."""

    def __init__(self, folder: Path, *, task_managers: int, slots: int, environment: Mapping[str, str]) -> None:
        self.folder = folder
        ports = free_ports(6)
        self.rest, self.jobs, self.workers = ports[0], ports[1], ports[2]
        rpc, artifacts, expansion = ports[3:]
        self._configure({"jobmanager.rpc.port": str(rpc), "taskmanager.numberOfTaskSlots": str(slots)})
        lib = install.place("flink")
        self.job_manager = self._flink("job-manager", "entrypoint.StandaloneSessionClusterEntrypoint")
        self.task_managers, self.pools = [], []
        for number in range(task_managers):
            # Each finds its own pool under one name, as the machines of a cluster do under the name localhost.
            hosts, address = folder / f"hosts-{number}", f"127.0.0.{number + 1}"
            hosts.write_text(f"127.0.0.1 localhost\n127.0.0.1 {socket.gethostname()}\n{address} {POOL}\n")
            mine = f"-Djdk.net.hosts.file={hosts}"
            self.task_managers.append(self._flink(f"task-manager-{number}", "taskexecutor.TaskManagerRunner", mine))
            self.pools.append(pool(folder / f"pool-{number}.log", f"{address}:{self.workers}", environment))
        self.job_server = java(
            folder / "job-server.log",
            [f"{install.place('flink-job-server')}/*", *map(str, sorted(lib.glob("log4j-*")))],
            "org.apache.beam.runners.flink.FlinkJobServerDriver",
            [
                f"--flink-master=localhost:{self.rest}", f"--flink-conf-dir={folder}", f"--job-port={self.jobs}",
                f"--artifact-port={artifacts}", f"--expansion-port={expansion}", f"--artifacts-dir={folder}/artifacts",
            ],
            [self.logging],
        )  # fmt: skip

    def _flink(self, name: str, main: str, *options: str) -> Process:
        # Beam's classes are Flink's own: those of a job would be closed beneath tasks that end with its JobManager.
        jars = [f"{install.place(each)}/*" for each in ("flink", "flink-job-server")]
        arguments = ["--configDir", str(self.folder)]
        log = self.folder / f"{name}.log"
        return java(log, jars, f"org.apache.flink.runtime.{main}", arguments, [self.logging, *options])

    @property
    def logging(self) -> str:
        return f"-Dlog4j.configurationFile={self.folder / 'log4j.properties'}"

    @property
    def processes(self) -> list[Process]:
        return [self.job_manager, *self.task_managers, self.job_server, *self.pools]

    @property
    def options(self) -> list[str]:
        """What stands behind `--` of a run on this cluster."""
        return [
            f"--job_endpoint=localhost:{self.jobs}",
            f"--flink_master=localhost:{self.rest}",
            f"--environment_config={POOL}:{self.workers}",
        ]

    def _configure(self, more: Mapping[str, str]) -> None:
        settings = SETTINGS | more | {
            "jobmanager.rpc.address": "localhost",
            "jobmanager.bind-host": "localhost",
            "taskmanager.host": "localhost",
            "taskmanager.bind-host": "localhost",
            "rest.address": "localhost",
            "rest.bind-address": "localhost",
            "rest.port": str(self.rest),
            "io.tmp.dirs": str(self.folder),
        }  # fmt: skip
        (self.folder / "flink-conf.yaml").write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))
        (self.folder / "log4j.properties").write_text(LOGGING)

    def begin(self) -> None:
        """Start everything, and wait until a job would run."""
        for each in self.processes:
            each.begin()
        self.task_managers[-1].until(lambda: self.ask("/overview").get("taskmanagers") == len(self.task_managers))
        self.job_server.until(lambda: listens(self.jobs))
        for each in self.pools:
            each.until_said("Workers are begun")

    def ask(self, path: str) -> dict[str, Any]:
        """Return what Flink's REST interface answers; nothing while it does not."""
        try:
            with urllib.request.urlopen(f"http://localhost:{self.rest}{path}", timeout=10) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            return {}

    def job(self) -> Optional[str]:
        """Return the id of the job that runs."""
        running = [each["jid"] for each in self.ask("/jobs/overview").get("jobs", []) if each["state"] == "RUNNING"]
        return running[0] if running else None

    def cancel(self, job: str) -> None:
        """End a job."""
        request = urllib.request.Request(f"http://localhost:{self.rest}/jobs/{job}?mode=cancel", method="PATCH")
        urllib.request.urlopen(request, timeout=30).close()


@contextlib.contextmanager
def flink(
    folder: Path, *, task_managers: int = 2, slots: int = 1, environment: Mapping[str, str] | None = None
) -> Iterator[Flink]:
    """Run a cluster for as long as the block takes. `environment` is for the workers: credentials of a store."""
    cluster = Flink(folder, task_managers=task_managers, slots=slots, environment=environment or {})
    with ended(cluster.processes):
        cluster.begin()
        yield cluster
