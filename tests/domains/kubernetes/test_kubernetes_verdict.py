"""The verdict as a whole: layers, versions, custom resources and the document."""

import doctest
import json
from fractions import Fraction

import pytest

import iacrl
from iacrl.domains import quantities
from iacrl.domains.kubernetes import cron, document, validate_text
from iacrl.domains.kubernetes.schema.added_crds import add_crds
from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION, VERSIONS, schemas_of
from iacrl.errors import UserError

CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [size]
              properties:
                size: {type: integer, minimum: 1, exclusiveMinimum: true}
                color: {type: string, enum: [red, blue], nullable: true}
                port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
                labels: {type: object, additionalProperties: {type: string, pattern: '^[a-z]+$'}}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
            status: {type: object, x-kubernetes-preserve-unknown-fields: true}
"""
WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: small}\nspec: {size: 2}\n"


def codes(text, **options):
    return [found.code for found in validate_text(text, **options).diagnostics]


@pytest.fixture(autouse=True)
def own_data_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("IACRL_DATA_DIR", str(tmp_path / "data"))


def test_layers_stop_at_the_first_failure():
    assert validate_text("a: [").layers == ("extract",)
    assert validate_text("a: b\n").layers == ("extract", "syntax")
    assert validate_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {}\n").layers == (
        "extract",
        "syntax",
        "structure",
    )
    good = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"
    assert validate_text(good).layers == ("extract", "syntax", "structure", "schema", "references")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_judges(version):
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: b}]}\n"
    assert validate_text(pod, version=version).valid
    assert codes(pod.replace("image", "imag"), version=version) == ["KB300"]


def test_what_is_served_depends_on_the_version():
    scaler = "apiVersion: autoscaling/v2beta2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\n"
    assert "KB207" not in codes(scaler, version="1.25")
    found = validate_text(scaler).diagnostics[0]
    assert (found.code, found.range.start.line) == ("KB207", 1)
    assert "removed in Kubernetes 1.26" in found.message
    assert "autoscaling/v2" in found.message
    claim = "apiVersion: resource.k8s.io/v1\nkind: DeviceClass\nmetadata: {name: a}\nspec: {}\n"
    assert codes(claim) == []
    assert "1.34" in validate_text(claim, version="1.33").diagnostics[0].message or codes(claim, version="1.33")


@pytest.mark.parametrize(
    ("text", "refused_by", "taken_by"),
    [
        ("kind: Service\nmetadata: {name: 1st}\nspec: {ports: [{port: 1}]}\n", "1.35", "1.36"),
        (
            "kind: Pod\nmetadata: {name: a}\n"
            "spec: {restartPolicy: Never, containers: [{name: a, image: b, restartPolicy: OnFailure}]}\n",
            "1.33",
            "1.35",
        ),
        (
            "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: b, env: [{name: 1a, value: b}]}]}\n",
            "1.31",
            "1.32",
        ),
    ],
)
def test_what_was_relaxed_depends_on_the_version(text, refused_by, taken_by):
    assert validate_text(f"apiVersion: v1\n{text}", version=refused_by).errors
    assert not validate_text(f"apiVersion: v1\n{text}", version=taken_by).errors


def test_an_unknown_version_is_the_callers_mistake():
    with pytest.raises(UserError, match=r"1\.37"):
        validate_text("", version="1.99")


@pytest.mark.parametrize(
    ("kind", "api_version", "says"),
    [
        ("Ingress", "extensions/v1beta1", "networking.k8s.io/v1"),
        ("Deployment", "v1", "apps/v1"),
        ("Deployment", "apps/v1beta2", "apps/v1"),
        ("CronJob", "batch/v1beta1", "batch/v1"),
        ("PodSecurityPolicy", "policy/v1beta1", "Nothing replaces it"),
        ("deployment", "apps/v1", "'Deployment'"),
        ("Deployments", "apps/v1", "'Deployment'"),
        ("Servise", "v1", "'Service'"),
        ("Ingress", "networking.k8.io/v1", "networking.k8s.io/v1"),
    ],
)
def test_a_wrong_kind_or_version_names_the_right_one(kind, api_version, says):
    found = validate_text(f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n").diagnostics
    assert len(found) == 1
    assert says in found[0].message


def test_a_custom_resource_without_a_schema_is_not_checked():
    verdict = validate_text(WIDGET)
    assert verdict.valid
    assert verdict.unchecked == ("Widget example.com/v1: no schema",)


@pytest.mark.parametrize("order", [lambda crd, each: crd + "---\n" + each, lambda crd, each: each + "---\n" + crd])
@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ("{size: 2, color: null, port: http, labels: {a: b}, free: {x: [1]}}", []),
        ("{size: 2, port: 80}", []),
        ("{size: 1}", ["KB305"]),
        ("{size: big}", ["KB302"]),
        ("{}", ["KB301"]),
        ("{size: 2, colour: red}", ["KB300"]),
        ("{size: 2, color: green}", ["KB305"]),
        ("{size: 2, labels: {a: B}}", ["KB305"]),
    ],
)
def test_a_definition_in_the_same_text_is_enforced(order, spec, wanted):
    verdict = validate_text(order(CRD, WIDGET.replace("{size: 2}", spec)))
    assert [found.code for found in verdict.diagnostics] == wanted
    assert verdict.unchecked == ()


def test_the_metadata_of_a_custom_resource_follows_the_common_rules_only():
    def of(metadata):
        return codes(CRD + "---\n" + WIDGET.replace("{name: small}", metadata))

    assert of("{name: small, finalizers: [cleanup]}") == []
    assert of("{name: small, ownerReferences: [5]}") == ["KB302"]
    assert of("{name: small, labls: {a: b}}") == ["KB300"]
    assert of("{name: Small}") == ["KB211"]
    assert of("{}") == ["KB210"]
    assert of("{name: small, finalizers: [a b]}") == ["KB215"]
    service = (CRD + "---\n" + WIDGET).replace("Widget", "Service").replace("small", "a.b")
    assert codes(service) == []


def test_a_version_that_the_definition_does_not_serve():
    assert codes(CRD + "---\n" + WIDGET.replace("/v1", "/v2")) == ["KB206"]


def test_a_definition_is_added_once_and_for_all():
    assert add_crds(CRD.encode(), "crd.yaml") == ["Widget example.com/v1"]
    assert codes(WIDGET) == []
    assert validate_text(WIDGET).unchecked == ()
    assert codes(WIDGET.replace("size: 2", "size: 0")) == ["KB305"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CRD.replace("storage: true", "storage: false"), "stored"),
        (f"{CRD}---\na: [", "crd.yaml:"),
    ],
)
def test_what_cannot_be_added_is_the_callers_mistake(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        add_crds(text.encode(), "crd.yaml")
    assert not list((tmp_path / "data").rglob("*.json"))
    with pytest.raises(UserError, match=r"Cannot read crd\.yaml"):
        add_crds(CRD.encode() + b"# \xff", "crd.yaml")
    assert add_crds(WIDGET.encode(), "crd.yaml") is None


def test_a_broken_definition_in_the_text_raises_nothing():
    for schema in ("{type: object, properties: {spec: {pattern: '('}}}", "{type: object, properties: 5}", "[]"):
        text = CRD[: CRD.index("          type: object")] + f"          {schema}\n---\n{WIDGET}"
        validate_text(text.replace("openAPIV3Schema:\n          ", "openAPIV3Schema: "))


def test_objects_that_failed_their_schema_do_not_confuse_the_others():
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: [x]}\nspec: {containers: {a: b}, volumes: 3}\n---\n"
    text += "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {a: b}, ports: [{port: 1}]}\n"
    assert set(codes(text)) == {"KB302"}


def test_the_document():
    verdict = iacrl.validate(
        """\
apiVersion: v1
kind: List
items:
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: shop, labels: {app.kubernetes.io/name: web}}
    spec:
      replicas: 0x3
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          containers:
            - name: web
              image: nginx
              ports: [{containerPort: 80, name: http}, {containerPort: 53, protocol: UDP}]
              resources: {requests: {cpu: 250m, memory: 1.5Gi}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
""",
        "kubernetes",
    )
    tree = verdict.document
    web, service = tree.entities
    assert (web.category, web.kind, web.name, web.namespace, web.api_version) == (
        "object",
        "Deployment",
        "web",
        "shop",
        "apps/v1",
    )
    assert repr(web) == "<Deployment shop/web>"
    assert tree.find("Deployment") is web
    assert tree.find("Service", "web", namespace="shop") is None
    assert list(tree.find_all("Service")) == [service]
    assert web.value("spec.replicas") == 3
    assert web.value('metadata.labels["app.kubernetes.io/name"]') == "web"
    assert web.value("spec.paused", "unset") == "unset"
    assert web.quantity("spec.template.spec.containers[0].resources.requests.cpu") == Fraction(1, 4)
    assert web.quantity("spec.template.spec.containers[*].resources.requests.memory") == 3 * 2**29
    assert web.quantity("metadata.name") is None
    assert [(port.number, port.protocol, port.name) for port in web.ports] == [(80, "TCP", "http"), (53, "UDP", None)]
    assert [port.number for port in service.ports] == [80]
    assert service.pod_spec is None
    assert web.range.start.line == 4
    assert web.range_of(("spec", "replicas")).start.column == 17
    assert web.range_of(("spec", "nowhere")).start.line == 8
    with pytest.raises(TypeError):
        web.values["kind"] = "Pod"
    with pytest.raises(AttributeError):
        web.containers.append({})


def test_an_unreadable_text_has_no_document():
    assert validate_text("a: [").document is None


@pytest.mark.parametrize("module", [document, quantities, cron])
def test_the_examples_in_the_docstrings(module):
    assert doctest.testmod(module).failed == 0
    assert doctest.testmod(module).attempted > 0


def test_the_newest_pack_is_compiled_from_the_installed_schemas(monkeypatch):
    import importlib.util
    from pathlib import Path

    script = Path(__file__).parents[3] / "scripts" / "compile_kubernetes_schemas.py"
    spec = importlib.util.spec_from_file_location("compile_kubernetes_schemas", script)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.syspath_prepend(str(script.parent))
    spec.loader.exec_module(module)
    folders = {folder.name for folder in module.SOURCE.glob("v*-local-strict")}
    assert {f"v{version}.0-local-strict" for version in VERSIONS} == folders
    pack = json.loads(json.dumps(module.compile_version(module.SOURCE / f"v{DEFAULT_VERSION}.0-local-strict")))
    schemas = schemas_of(DEFAULT_VERSION)
    assert schemas.kinds == pack["kinds"]
    assert {name: schemas.definition(name) for name in pack["definitions"]} == {
        name: json.loads(text.replace("/api/_definitions.json#", "#")) for name, text in pack["definitions"].items()
    }


def test_the_objects_of_a_typed_list_are_checked_too():
    text = "apiVersion: v1\nkind: PodList\nitems:\n  - metadata: {name: a}\n    spec: {containers: [{name: a}]}\n"
    found = validate_text(text).diagnostics
    assert [(each.code, each.range.start.line) for each in found] == [("KB413", 5)]
    assert [entity.kind for entity in validate_text(text).document.entities] == ["PodList", "Pod"]


ITEM = "apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("kind: ConfigMapList\nitems: []\n", ["KB200"]),
        ("kind: ConfigMapList\nitems:\n- kind: ConfigMap\n  metadata: {name: a}\n", ["KB202"]),
        (f"kind: ConfigMapList\nitems:\n- {ITEM}more: 1\n", ["KB300"]),
        (f"kind: List\nitems:\n- {ITEM}metadata: {{labels: {{a: b}}, more: 1}}\n", []),
        (f"kind: List\nitems:\n- {ITEM}metadata: {{labels: {{a: 1}}}}\n", ["KB302"]),
        ("kind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMapList\n  items: []\n", ["KB201"]),
    ],
)
def test_a_list_is_read_as_kubectl_reads_it(text, wanted):
    """kubectl 1.37 refuses a list without objects, and items, fields and metadata that it cannot decode."""
    assert codes(f"apiVersion: v1\n{text}") == wanted


@pytest.mark.parametrize(
    ("version", "wanted"),
    [("v1", []), ("apps/v1", []), ("batch/v1beta1", ["KB205"]), ("example.com/v1", ["KB205"]), ("v2", ["KB205"])],
)
def test_a_list_is_of_a_group_and_version_that_is_served(version, wanted):
    """kubectl 1.37 finds no kind List in any other."""
    assert codes(f"apiVersion: {version}\nkind: List\nitems:\n- {ITEM}") == wanted


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("containers: [null]", ["KB301"]),
        ("containers: [{name: a, image: b, command: [null], env: null}], volumes: null", []),
    ],
)
def test_null_is_an_absent_field_but_no_object(field, wanted):
    assert codes(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{{field}}}\n") == wanted


_POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n{}spec:\n  containers: [{{name: a, image: a}}]\n"
_LONG = "1" * 5_000


@pytest.mark.parametrize(
    "text",
    [
        _POD.format(f'  annotations: {{controller.kubernetes.io/pod-deletion-cost: "{_LONG}"}}\n'),
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n"
        f"spec: {{podSelector: {{}}, ingress: [{{from: [{{ipBlock: {{cidr: 10.0.0.0/{_LONG}}}}}]}}]}}\n",
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec:\n  completionMode: Indexed\n  completions: 3\n"
        f'  successPolicy: {{rules: [{{succeededIndexes: "0-{_LONG}"}}]}}\n'
        "  template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}\n",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: as.example.com}\n"
        "spec: {group: example.com, scope: Cluster, names: {plural: as, kind: A}, versions: [{name: v1, served: true, "
        "storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-validations: "
        f"[{{rule: '1 < {_LONG}', message: a}}]}}}}}}]}}\n",
    ],
)
def test_a_number_that_python_refuses_to_read_is_a_finding(text):
    assert not validate_text(text).valid
