"""Each file of deploy/ before the checker of the system that it is for. `make deploy-check` installs these."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
ENGINES = Path(os.environ.get("NEWSBEAM_ENGINES", ROOT / ".engines"))


def tool(module: str, name: str) -> None:
    pytest.importorskip(module, reason=f"{name} is not installed")


def documents(name: str) -> Iterator[dict[str, Any]]:
    yaml = pytest.importorskip("ruamel.yaml", reason="check-jsonschema is not installed")
    yield from yaml.YAML(typ="safe", pure=True).load_all((DEPLOY / "kubernetes" / name).read_text())


@pytest.mark.parametrize("name", ["cronjob.yaml", "stream.yaml", "flink.yaml"])
def test_kubernetes_knows_every_field(name: str) -> None:
    tool("kubernetes_validate", "kubernetes-validate")
    import kubernetes_validate

    checked = 0
    for document in documents(name):
        if "flink" not in document["apiVersion"]:
            kubernetes_validate.validate(document, "1.31", strict=True)
            checked += 1
    assert checked


def test_the_flink_operator_knows_every_field() -> None:
    """Against the resource definition in the operator's own jar; a field that it lacks would be dropped silently."""
    tool("jsonschema", "check-jsonschema")
    jars = list(ENGINES.glob("flink-operator/flink-kubernetes-operator-api-*.jar"))
    if not jars:
        pytest.skip("the Flink operator is not installed")
    import jsonschema
    from ruamel.yaml import YAML

    with zipfile.ZipFile(jars[0]) as jar:
        text = jar.read("META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml").decode()
    definition = YAML(typ="safe", pure=True).load(text)
    schema = closed(definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
    (deployment,) = (each for each in documents("flink.yaml") if each["kind"] == "FlinkDeployment")
    jsonschema.validate(deployment["spec"], schema["properties"]["spec"])


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that refuses what it does not name."""
    if "properties" in schema and "additionalProperties" not in schema:
        schema = {**schema, "additionalProperties": False}
    return {key: closed(value) if isinstance(value, dict) else value for key, value in schema.items()}


def test_compose_knows_every_field() -> None:
    tool("check_jsonschema", "check-jsonschema")
    ran = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "deploy/compose.yaml"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("name", ["Dockerfile", "dataflow/Dockerfile"])
def test_the_image_is_built_of_instructions_that_docker_has(name: str) -> None:
    tool("dockerfile_parse", "dockerfile-parse")
    from dockerfile_parse import DockerfileParser

    parsed = DockerfileParser(path=str(DEPLOY / name))
    instructions = {each["instruction"] for each in parsed.structure}
    assert instructions <= {
        "COMMENT", "ARG", "FROM", "ENV", "RUN", "WORKDIR", "COPY", "LABEL", "USER", "VOLUME", "ENTRYPOINT", "CMD",
    }  # fmt: skip
    if name == "Dockerfile":
        assert [each["value"] for each in parsed.structure if each["instruction"] == "USER"] == ["10001"]
        assert json.loads(parsed.structure[-2]["value"]) == ["/opt/newsbeam/entrypoint"]


def test_airflow_imports_the_dag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    tool("airflow", "Airflow")
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(DEPLOY / "airflow"))
    assert bag.import_errors == {}
    (dag,) = bag.dags.values()
    assert (dag.dag_id, [task.task_id for task in dag.tasks], dag.max_active_runs) == ("newsbeam", ["run"], 1)
