"""A database: set and headless Service, then storage and a password, then what protects it."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.sheet import KubernetesPart, KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_BOX = "spec.template.spec.containers[0]"
_ENGINES = (
    ("postgres", ("14.11", "15", "16.2"), 5432, "/var/lib/postgresql/data"),
    ("mysql", ("8.0", "8.4"), 3306, "/var/lib/mysql"),
    ("mongo", ("6.0", "7.0"), 27017, "/data/db"),
    ("redis", ("7.2", "7.4"), 6379, "/data"),
)


@family("kubernetes", levels={3: "configuration", 4: "storage class and password", 5: "budget, policy, backup"})
def k8s_database_stack(draw: Draw, level: int) -> Item:
    """Draw one database; at level 5 it has eight linked objects."""
    sheet = KubernetesSheet(draw)
    name = draw.name()
    engine, versions, port, folder = draw.choice(_ENGINES)

    def part_of(kind: str, version: str, alias: str, suffix: str, said: str) -> KubernetesPart:
        part = sheet.object(kind, version, alias)
        part.put("metadata.name", f"{name}{suffix}", said)
        return part

    service = part_of("Service", "v1", "service", "-hl", "headless Service")
    service.put("spec.clusterIP", "None", test="None")
    service.put("spec.selector.app", name)
    service.expect("spec.selector", {"selects": "set"})
    service.put("spec.ports[0].port", port, "port of the Service and of the container")
    config = part_of("ConfigMap", "v1", "config", "-config", "ConfigMap")
    config.put_all("data", draw.settings(2), "ConfigMap key")
    database = part_of("StatefulSet", "apps/v1", "set", "", "StatefulSet")
    database.refer("spec.serviceName", service)
    database.put("spec.replicas", draw.number(2, 9), "replicas")
    database.put("spec.selector.matchLabels.app", name)
    database.expect("spec.selector", {"selects": "set"})
    database.put("spec.template.metadata.labels.app", name)
    database.leave_free("spec.template.metadata.labels.app")  # any labels that match the selector are fine
    database.put(f"{_BOX}.name", engine, "container name")
    database.put(f"{_BOX}.image", f"{engine}:{draw.choice(versions)}", "image")
    database.put(f"{_BOX}.ports[0].containerPort", port, test=port)
    database.put(f"{_BOX}.envFrom[0].configMapRef.name", f"{name}-config")
    database.expect(f"{_BOX}.envFrom[*].configMapRef.name", {"refers_to": "config"})
    sheet.say("the container takes all variables from the ConfigMap (envFrom)")
    if level >= 4:
        storage = part_of("StorageClass", "storage.k8s.io/v1", "storage", "-disk", "StorageClass")
        storage.put("provisioner", draw.choice(("ebs.csi.aws.com", "pd.csi.storage.gke.io")), "provisioner")
        storage.put("reclaimPolicy", draw.choice(("Retain", "Delete")), "reclaim policy")
        secret = part_of("Secret", "v1", "secret", "-auth", "Secret")
        secret.put("stringData.PASSWORD", draw.hex(12), "stringData key PASSWORD of the Secret")
        database.put(f"{_BOX}.envFrom[1].secretRef.name", f"{name}-auth")
        database.expect(f"{_BOX}.envFrom[*].secretRef.name", {"refers_to": "secret"})
        sheet.say("the container takes all variables from the Secret too (envFrom)")
        database.put(f"{_BOX}.volumeMounts[0].name", "data", test="data")
        database.put(f"{_BOX}.volumeMounts[0].mountPath", folder, "volume called data mounted at")
        claim = "spec.volumeClaimTemplates[0]"
        database.put(f"{claim}.metadata.name", "data", test="data")
        database.put(f"{claim}.spec.accessModes", ["ReadWriteOnce"], "access mode of its claim")
        database.refer(f"{claim}.spec.storageClassName", storage, said="the claim uses the StorageClass")
        database.quantity(f"{claim}.spec.resources.requests.storage", f"{draw.number(1, 500)}Gi", "size of its claim")
    if level >= 5:
        budget = part_of("PodDisruptionBudget", "policy/v1", "budget", "-pdb", "PodDisruptionBudget")
        budget.put("spec.maxUnavailable", draw.number(1, 4), "at most unavailable")
        budget.put("spec.selector.matchLabels.app", name)
        budget.expect("spec.selector", {"selects": "set"})
        policy = part_of("NetworkPolicy", "networking.k8s.io/v1", "policy", "-access", "NetworkPolicy for its pods")
        policy.put("spec.podSelector.matchLabels.app", name, test=name)
        policy.put("spec.policyTypes", ["Ingress"], test=["Ingress"])
        friend = draw.name()
        policy.put("spec.ingress[0].from[0].podSelector.matchLabels.app", friend, test=friend)
        sheet.say("the NetworkPolicy lets in only pods with label app", friend)
        backup = part_of("CronJob", "batch/v1", "backup", "-backup", "CronJob")
        backup.put("spec.schedule", draw.cron(), "schedule of the backup")
        pod = "spec.jobTemplate.spec.template.spec"
        backup.put(f"{pod}.containers[0].name", "backup", "container of the backup")
        backup.put(f"{pod}.containers[0].image", draw.image(), "image of the backup")
        backup.put(f"{pod}.restartPolicy", draw.choice(("OnFailure", "Never")), "restart policy of the backup")
    return sheet.item("a database", "a database with what it needs", "a stateful database")
