"""The manifests, against the schemas of Kubernetes and against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from keepsight.settings import Settings

DOCKER = Path(__file__).resolve().parents[2] / "docker"
FILES = sorted((DOCKER / "kubernetes").glob("*.yaml"))
DOCUMENTS: list[dict[str, Any]] = [each for file in FILES for each in yaml.safe_load_all(file.read_text())]


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [each for each in DOCUMENTS if each["kind"] == kind]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_it_is_what_kubernetes_takes(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, "1.31", strict=True)


def test_every_file_is_in_the_kustomization() -> None:
    kustomization = yaml.safe_load((DOCKER / "kustomization.yaml").read_text())
    assert sorted(kustomization["resources"]) == [f"kubernetes/{file.name}" for file in FILES]
    for generated in kustomization["configMapGenerator"]:
        assert all((DOCKER / file).is_file() for file in generated["files"])


def test_every_setting_named_is_one() -> None:
    names = {name for each in of_kind("ConfigMap") for name in each["data"]}
    names |= {entry["name"] for pod in pods() for c in pod["containers"] for entry in c.get("env", ())}
    named = {name for name in names if name.startswith("KEEPSIGHT_")}
    assert len(named) > 5
    for name in named:
        section, _, key = name.removeprefix("KEEPSIGHT_").lower().partition("__")
        assert key in Settings.model_fields[section].annotation.model_fields, name


def pods() -> list[dict[str, Any]]:
    return [each["spec"]["template"]["spec"] for each in of_kind("Deployment")]


def test_no_container_may_become_more_than_it_is() -> None:
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        for container in pod["containers"]:
            locked = container["securityContext"]
            assert locked["readOnlyRootFilesystem"] and not locked["allowPrivilegeEscalation"]
            assert locked["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in container["resources"]["limits"]


def test_services_and_volumes_lead_somewhere() -> None:
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in of_kind("Deployment")]
    ports = {port["name"] for pod in pods() for c in pod["containers"] for port in c["ports"]}
    for service in of_kind("Service"):
        assert service["spec"]["selector"] in labels
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    for pod in pods():
        there = {volume["name"] for volume in pod["volumes"]}
        assert {mount["name"] for c in pod["containers"] for mount in c["volumeMounts"]} == there
