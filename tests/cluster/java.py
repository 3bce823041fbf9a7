"""Programs of Java as processes: small, and with what Beam and Spark reach into opened."""

from collections.abc import Sequence
from pathlib import Path

from processes import Process

#: What Beam and Spark reach into by reflection and Java 17 keeps closed. Without them a job that streams fails.
OPENED = (
    "java.lang", "java.lang.invoke", "java.lang.reflect", "java.util", "java.util.concurrent",
    "java.util.concurrent.atomic", "java.net", "java.io", "java.nio", "java.time", "java.text", "sun.nio.ch",
    "sun.nio.cs", "sun.security.action", "sun.util.calendar",
)  # fmt: skip

SMALL = ("-Xmx512m", "-XX:MaxMetaspaceSize=256m", "-XX:+UseSerialGC")


def java(log: Path, jars: Sequence[str], main: str, arguments: Sequence[str], options: Sequence[str] = ()) -> Process:
    """Return a program that logs to a file; `options` are of the virtual machine."""
    opened = [f"--add-opens=java.base/{each}=ALL-UNNAMED" for each in OPENED]
    line = ["java", *opened, *SMALL, *options, "-cp", ":".join(jars), main, *arguments]
    return Process(log.stem, line, log)
