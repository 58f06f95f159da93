"""A ConfigMap: plain settings, then a namespace and labels, then a file, then immutability."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.family import Item, family
from iacrl.tasks.intent import exists, wants
from iacrl.tasks.manifests import manifest
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import ask

_KEYS = (
    "LOG_LEVEL",
    "CACHE_TTL",
    "MAX_CONNECTIONS",
    "API_URL",
    "REGION",
    "BATCH_SIZE",
    "FEATURE_SET",
    "RETRY_LIMIT",
    "DB_HOST",
    "WORKERS",
)


@family(
    "kubernetes",
    levels={1: "one or two keys", 2: "a namespace", 3: "labels and more keys", 4: "a file", 5: "immutable"},
)
def k8s_configmap(draw: Draw, level: int) -> Item:
    """Draw one ConfigMap."""
    name = draw.name()
    metadata: dict[str, object] = {"name": name}
    tests: dict[str, object] = {"metadata.name": name}
    facts: list[tuple[str, object] | str] = [("name", name)]
    if level >= 2:
        metadata["namespace"] = namespace = f"{draw.team()}-{draw.stage()}"
        tests["metadata.namespace"] = namespace
        facts.append(("namespace", namespace))
    if level >= 3:
        metadata["labels"] = labels = draw.labels(2)
        tests |= {f"metadata.labels.{key}": value for key, value in labels.items()}
        facts += [(f"label {key}", value) for key, value in labels.items()]
    data = {key: _value(draw, key) for key in draw.sample(_KEYS, draw.number(1, 2) if level < 3 else 3)}
    tests |= {f"data.{key}": value for key, value in data.items()}
    facts += [(f"key {key}", value) for key, value in data.items()]
    if level >= 4:
        file = f"{draw.choice(words.SERVICES)}.properties"
        lines = {
            f"{draw.choice(words.SERVICES)}.{draw.choice(words.COMPONENTS)}": str(draw.number(1, 999)) for _ in "12"
        }
        data[file] = "".join(f"{key}={value}\n" for key, value in lines.items())
        facts.append((f"file {file} with the lines", " and ".join(f"{key}={value}" for key, value in lines.items())))
        tests |= {f'data["{file}"]': {"matches": f"(?m)^{'$[^$]*^'.join(map('='.join, lines.items()))}$"}}
    config: dict[str, object] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    if level >= 5:
        config["immutable"] = tests["immutable"] = True
        facts.append("it cannot be changed once created (immutable)")
    return Item(
        ask(draw.choice(("a ConfigMap", "a Kubernetes ConfigMap")), *facts),
        manifest(config),
        wants(exists("config", "object ConfigMap", tests)),
    )


def _value(draw: Draw, key: str) -> str:
    if key == "LOG_LEVEL":
        return draw.choice(("debug", "info", "warn", "error"))
    if key == "API_URL":
        return f"https://{draw.choice(words.SERVICES)}.{draw.choice(words.COMPANIES)}.example/v{draw.number(1, 4)}"
    if key == "REGION":
        return draw.aws_region()
    if key == "FEATURE_SET":
        return draw.choice(words.SERVICES)
    if key == "DB_HOST":
        return f"{draw.choice(words.SERVICES)}-db.{draw.team()}.svc"
    return str(draw.number(2, 999))
