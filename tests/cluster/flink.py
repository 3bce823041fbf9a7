"""A Flink cluster on loopback: JobManager, TaskManagers, Beam's job server and a pool of Python workers."""

import contextlib
import json
import os
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

import install
from processes import Process, ended, free_ports, listens

ROOT = Path(__file__).parents[2]

#: What Beam reaches into by reflection and Java 17 keeps closed. Without them a job that streams fails.
OPENED = (
    "java.lang", "java.lang.reflect", "java.util", "java.util.concurrent", "java.util.concurrent.atomic", "java.net",
    "java.io", "java.nio", "java.time", "java.text", "sun.nio.ch",
)  # fmt: skip
JAVA = ["java", *(f"--add-opens=java.base/{each}=ALL-UNNAMED" for each in OPENED)]

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
    "execution.checkpointing.interval": "5s",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "20",
    "restart-strategy.fixed-delay.delay": "1s",
    "heartbeat.interval": "1000",
    "heartbeat.timeout": "8000",
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
        # The pool begins `python`, which has to be this one, and which has to find newsbeam.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        python = {"PATH": path, "PYTHONPATH": str(ROOT), **environment}
        lib = install.place("flink")
        jars = [f"{lib}/*"]
        self.job_manager = self._java(
            "job-manager", jars, "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
            "--configDir", str(folder),
        )  # fmt: skip
        self.task_managers = [
            self._java(
                f"task-manager-{number}", jars, "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
                "--configDir", str(folder),
            )
            for number in range(task_managers)
        ]  # fmt: skip
        self.job_server = self._java(
            "job-server", [f"{install.place('flink-job-server')}/*", *map(str, sorted(lib.glob("log4j-*")))],
            "org.apache.beam.runners.flink.FlinkJobServerDriver", f"--flink-master=localhost:{self.rest}",
            f"--job-port={self.jobs}", f"--artifact-port={artifacts}", f"--expansion-port={expansion}",
            f"--artifacts-dir={folder}/artifacts", f"--flink-conf-dir={folder}",
        )  # fmt: skip
        pool = ["-m", "apache_beam.runners.worker.worker_pool_main", f"--service_port={self.workers}"]
        self.pool = Process("worker-pool", [sys.executable, *pool], folder / "worker-pool.log", python)

    @property
    def processes(self) -> list[Process]:
        return [self.job_manager, *self.task_managers, self.job_server, self.pool]

    @property
    def options(self) -> list[str]:
        """What stands behind `--` of a run on this cluster."""
        return [f"--job_endpoint=localhost:{self.jobs}", f"--environment_config=localhost:{self.workers}"]

    def _configure(self, more: Mapping[str, str]) -> None:
        settings = SETTINGS | more | {
            "jobmanager.rpc.address": "localhost",
            "jobmanager.bind-host": "localhost",
            "taskmanager.host": "localhost",
            "taskmanager.bind-host": "localhost",
            "rest.address": "localhost",
            "rest.bind-address": "localhost",
            "rest.port": str(self.rest),
            "state.checkpoints.dir": (self.folder / "checkpoints").as_uri(),
            "io.tmp.dirs": str(self.folder),
        }  # fmt: skip
        (self.folder / "flink-conf.yaml").write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))
        (self.folder / "log4j.properties").write_text(LOGGING)

    def _java(self, name: str, jars: Sequence[str], main: str, *arguments: str) -> Process:
        logging = f"-Dlog4j.configurationFile={self.folder / 'log4j.properties'}"
        memory = ["-Xmx512m", "-XX:MaxMetaspaceSize=256m", "-XX:+UseSerialGC"]
        return Process(
            name, [*JAVA, *memory, logging, "-cp", ":".join(jars), main, *arguments], self.folder / f"{name}.log"
        )

    def begin(self) -> None:
        """Start everything, and wait until a job would run."""
        for each in self.processes:
            each.begin()
        self.job_manager.until(lambda: self.ask("/overview").get("taskmanagers") == len(self.task_managers))
        self.job_server.until(lambda: listens(self.jobs))
        self.pool.until(lambda: listens(self.workers))

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


@contextlib.contextmanager
def flink(
    folder: Path, *, task_managers: int = 2, slots: int = 1, environment: Mapping[str, str] | None = None
) -> Iterator[Flink]:
    """Run a cluster for as long as the block takes. `environment` is for the workers: credentials of a store."""
    cluster = Flink(folder, task_managers=task_managers, slots=slots, environment=environment or {})
    with ended(cluster.processes):
        cluster.begin()
        yield cluster
