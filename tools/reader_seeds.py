"""The valid files that `fuzz_readers.py` changes. They are written for this; none is from elsewhere."""

from __future__ import annotations

import json
import struct

DEFINITION = b"""apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: things, singular: thing, kind: Thing, listKind: ThingList}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, maximum: 3, default: 1}
              names: {type: array, items: {type: string, pattern: "^a+$"}, x-kubernetes-list-type: set}
            x-kubernetes-validations: [{rule: "self.size < 3", message: "no"}]
"""
DUMP = {
    "format_version": "1.0",
    "provider_schemas": {
        "registry.terraform.io/example/thing": {
            "provider": {"version": 0, "block": {"attributes": {"region": {"type": "string", "optional": True}}}},
            "resource_schemas": {
                "thing_one": {
                    "version": 1,
                    "block": {
                        "attributes": {
                            "id": {"type": "string", "computed": True},
                            "tags": {"type": ["map", "string"], "optional": True},
                            "rules": {"type": ["list", ["object", {"a": "string", "b": "number"}]], "optional": True},
                        },
                        "block_types": {
                            "part": {
                                "nesting_mode": "list",
                                "block": {"attributes": {"x": {"type": "bool", "required": True}}},
                                "min_items": 1,
                            }
                        },
                    },
                }
            },
            "data_source_schemas": {"thing_one": {"version": 0, "block": {}}},
        }
    },
}
SETTINGS = b"""select = ["TF", "KB"]
ignore = ["TF304"]
exclude = ["vendor/**"]
strict = true
fail-on = ["warning"]
baseline = "known.json"

[severity]
TF304 = "warning"

[per-file-ignores]
"examples/**" = ["TF101"]

[kubernetes]
version = "1.33"
"""
BASELINE = json.dumps({"version": 1, "findings": {"main.tf": {"TF304": {"No.": 1, "Not so.": 2}}}}).encode()
SPACE = b"""sft.learning_rate: {low: 1e-5, high: 1e-3, log: true}
sft.batch_size: {low: 2, high: 8, step: 2}
lora.rank: [4, 8]
"""
REPLAY = b"".join(
    json.dumps({"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": "b"}]}).encode()
    + b"\n"
    for text in ("a", "c")
)
MODULE = {
    "main.tf": b"""terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}
variable "names" {
  type    = map(object({ size = optional(number, 3), open = bool }))
  default = { a = { open = true } }
  validation {
    condition     = alltrue([for key, one in var.names : one.size > 0 && length(key) < 8])
    error_message = "No ${length(var.names)}."
  }
}
locals {
  text = <<-EOT
    %{for key, one in var.names~}
    ${upper(key)} = ${one.size == null ? "none" : format("%03d", one.size)}
    %{endfor~}
  EOT
  flat = flatten([for key, one in var.names : [key, one.size]])
}
resource "aws_security_group" "a" {
  for_each = var.names
  name     = "${each.key}-sg"
  dynamic "ingress" {
    for_each = each.value.open ? [80, 443] : []
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = [cidrsubnet("10.0.0.0/8", 8, 2)]
    }
  }
  lifecycle { ignore_changes = [tags] }
}
module "child" {
  source = "./child"
  size   = try(local.flat[1], 1)
}
output "ids" { value = { for key, one in aws_security_group.a : key => one.id... } }
""",
    "child/child.tf": b"""variable "size" {
  type = number
}
resource "random_id" "a" {
  byte_length = var.size
}
""",
    "terraform.tfvars": b"names = { a = { open = false, size = 2 } }\n",
    ".terraform.lock.hcl": b"""provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.60.0"
  constraints = "~> 5.0"
  hashes      = ["h1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa="]
}
""",
    "a.tftest.hcl": b"""variables {
  names = {}
}
mock_provider "aws" {
  mock_resource "aws_security_group" {
    defaults = { id = "sg-1" }
  }
}
run "a" {
  command = plan
  assert {
    condition     = length(output.ids) == 0
    error_message = "No."
  }
}
""",
}
MODULE_JSON = json.dumps(
    {
        "resource": {"aws_s3_bucket": {"a": {"bucket": "${var.name}", "//": "x", "count": 2}}},
        "variable": {"name": {"type": "string", "default": "x"}},
        "locals": [{"a": ["${local.b}"], "b": {"c": 1}}],
        "output": {"o": {"value": "${aws_s3_bucket.a[0].id}"}},
    }
).encode()
MANIFESTS = {
    "web.yaml": b"""apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: &labels {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: *labels}
  template:
    metadata: {labels: *labels}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports: [{containerPort: 80, name: http}]
        resources: {limits: {cpu: 500m, memory: 1Gi}}
        command:
        - sh
        - -c
        - |
          echo "a: b"
        readinessProbe: {httpGet: {path: /, port: http}}
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: a}
spec: {size: 1, names: [a, aa]}
""",
    "crd.yaml": DEFINITION,
    "list.json": json.dumps(
        {
            "apiVersion": "v1",
            "kind": "List",
            "items": [
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}},
                {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "b"}, "data": {"k": "dg=="}},
            ],
        }
    ).encode(),
}
KUSTOMIZED = {
    "kustomization.yaml": b"""apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [sub/a.yaml]
patches:
- path: sub/b.yaml
- {target: {kind: Deployment}, patch: "- {op: remove, path: /a}"}
patchesStrategicMerge: [sub/c.yaml]
""",
    "sub/a.yaml": b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n",
    "sub/b.yaml": b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
}
TEMPLATE = b"""AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Name: {Type: String, Default: a}
Conditions:
  Named: !Not [!Equals [!Ref Name, ""]]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Condition: Named
    Properties:
      BucketName: !Sub "${Name}-bucket"
      Tags: [{Key: a, Value: !If [Named, !Join ["-", [!Ref Name, b]], !Ref "AWS::NoValue"]}]
Outputs:
  Arn: {Value: !GetAtt Bucket.Arn}
"""
TEMPLATE_JSON = json.dumps(
    {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "${AWS::Region}-a"}}}},
    }
).encode()
SERVERLESS = b"""Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Timeout: 3, Runtime: python3.12}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      CodeUri: s3://bucket/code.zip
      Events: {Get: {Type: Api, Properties: {Path: /a, Method: get}}}
  Table: {Type: AWS::Serverless::SimpleTable}
"""
LOOP = b"""Transform: AWS::LanguageExtensions
Mappings: {Sizes: {a: {n: "1"}, b: {n: "2"}}}
Resources:
  Fn::ForEach::Topics:
  - Name
  - [a, b]
  - Topic${Name}:
      Type: AWS::SNS::Topic
      Properties: {TopicName: !Sub "${Name}-topic"}
"""
_TEXT = struct.pack("<Q", 5) + b"llama"
#: The version, no tensors, and three entries: a text, a number, an array of texts.
GGUF = struct.pack("<4sIQQ", b"GGUF", 3, 0, 3) + b"".join(
    struct.pack("<Q", len(name)) + name + struct.pack("<I", kind) + value
    for name, kind, value in (
        (b"general.architecture", 8, _TEXT),
        (b"llama.block_count", 4, struct.pack("<I", 2)),
        (b"tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, 2) + _TEXT * 2),
    )
)
BASE = json.dumps(
    {
        "model_type": "llama",
        "num_hidden_layers": 2,
        "hidden_size": 16,
        "intermediate_size": 32,
        "vocab_size": 64,
        "text_config": {"num_experts": 4},
    }
).encode()
ADAPTER = json.dumps(
    {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"], "use_rslora": False}
).encode()
