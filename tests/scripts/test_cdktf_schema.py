"""The compiler of schema packs, on a small library written in the form of the real ones."""

import base64
import io
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"

RESOURCE = """
export interface EngineConfig extends cdktf.TerraformMetaArguments {
  /**
  * How hard it pushes.
  *
  * Docs at Terraform Registry: {@link https://example.com/docs/resources/engine#thrust Engine#thrust}
  */
  readonly thrust: number;
  /**
  * Docs at Terraform Registry: {@link https://example.com/docs/resources/engine#self Engine#self}
  */
  readonly selfAttribute?: string[];
  /**
  * Docs at Terraform Registry: {@link https://example.com/docs/resources/engine#rule Engine#rule}
  */
  readonly rule?: EngineRule[] | cdktf.IResolvable;
  /**
  * tank block
  *
  * Docs at Terraform Registry: {@link https://example.com/docs/resources/engine#tank Engine#tank}
  */
  readonly tank: EngineTank;
  /**
  * valve block
  *
  * Docs at Terraform Registry: {@link https://example.com/docs/resources/engine#valve Engine#valve}
  */
  readonly valve?: EngineValve[] | cdktf.IResolvable;
  /**
  * design block
  *
  * Docs at Terraform Registry: {@link https://example.com/docs/resources/engine#design Engine#design}
  */
  readonly design?: any;
  /**
  * timeouts block
  *
  * Docs at Terraform Registry: {@link https://example.com/docs/resources/engine#timeouts Engine#timeouts}
  */
  readonly timeouts?: EngineTimeouts;
}
export class EngineRuleOutputReference extends cdktf.ComplexObject {
    super(terraformResource, terraformAttribute, complexObjectIsFromSet, complexObjectIndex);

  // port - computed: true, optional: true, required: false
  private _port?: number;
  public get port() {
    return this.getNumberAttribute('port');
  }
}
export interface EngineTank {
  /**
  * Docs at Terraform Registry: {@link https://example.com/docs/resources/engine#fuel Engine#fuel}
  */
  readonly fuel: string;
}
export class EngineTankOutputReference extends cdktf.ComplexObject {
    super(terraformResource, terraformAttribute, false, 0);

  // fuel - computed: false, optional: false, required: true
  private _fuel?: string;
  public get fuel() {
    return this.getStringAttribute('fuel');
  }
}
export class EngineValveOutputReference extends cdktf.ComplexObject {
    super(terraformResource, terraformAttribute, complexObjectIsFromSet, complexObjectIndex);

  // open - computed: false, optional: true, required: false
  private _open?: boolean | cdktf.IResolvable;
  public get open() {
    return this.getBooleanAttribute('open');
  }
}
export class EngineTimeoutsOutputReference extends cdktf.ComplexObject {
    super(terraformResource, terraformAttribute, false);

  // create - computed: false, optional: true, required: false
  private _create?: string;
  public get create() {
    return this.getStringAttribute('create');
  }
}
export class Engine extends cdktf.TerraformResource {
  public static readonly tfResourceType = "rocket_engine";
  public constructor(scope: Construct, id: string, config: EngineConfig) {
  }

  // id - computed: true, optional: false, required: false
  public get id() {
    return this.getStringAttribute('id');
  }

  // labels - computed: true, optional: false, required: false
  private _labels = new cdktf.StringMap(this, "labels");
  public get labels() {
    return this._labels;
  }

  // thrust - computed: false, optional: false, required: true
  private _thrust?: number;
  public get thrust() {
    return this.getNumberAttribute('thrust');
  }

  // self - computed: false, optional: true, required: false
  private _self?: string[];
  public get selfAttribute() {
    return cdktf.Fn.tolist(this.getListAttribute('self'));
  }

  // rule - computed: true, optional: true, required: false
  private _rule = new EngineRuleList(this, "rule", true);
  public get rule() {
    return this._rule;
  }

  // tank - computed: false, optional: false, required: true
  private _tank = new EngineTankOutputReference(this, "tank");
  public get tank() {
    return this._tank;
  }

  // valve - computed: false, optional: true, required: false
  private _valve = new EngineValveList(this, "valve", false);
  public get valve() {
    return this._valve;
  }

  // design - computed: false, optional: true, required: false
  private _design?: any;
  public get design() {
    return this.interpolationForAttribute('design');
  }

  // timeouts - computed: false, optional: true, required: false
  private _timeouts = new EngineTimeoutsOutputReference(this, "timeouts");
  public get timeouts() {
    return this._timeouts;
  }

  protected synthesizeHclAttributes(): { [name: string]: any } {
    const attrs = {
      self: {
        value: cdktf.listMapperHcl(cdktf.stringToHclTerraform, false)(this._self),
        isBlock: false,
        type: "set",
        storageClassType: "stringList",
      },
      tank: {
        value: engineTankToHclTerraform(this._tank.internalValue),
        isBlock: true,
        type: "list",
        storageClassType: "EngineTankList",
      },
    };
  }
}
"""

PROVIDER = """
export interface RocketProviderConfig {
  /**
  * pad block
  *
  * Docs at Terraform Registry: {@link https://example.com/docs#pad RocketProvider#pad}
  */
  readonly pad?: RocketProviderPad[] | cdktf.IResolvable;
}
export interface RocketProviderPad {
  /**
  * Docs at Terraform Registry: {@link https://example.com/docs#site RocketProvider#site}
  */
  readonly site: string;
}
export function rocketProviderPadToHclTerraform(struct?: RocketProviderPad): any {
  const attrs = {
    site: {
      value: cdktf.stringToHclTerraform(struct!.site),
      isBlock: false,
      type: "simple",
      storageClassType: "string",
    },
  };
}
export class RocketProvider extends cdktf.TerraformProvider {
  public static readonly tfResourceType = "rocket";
  public constructor(scope: Construct, id: string, config: RocketProviderConfig = {}) {
  }

  // alias - computed: false, optional: true, required: false
  private _alias?: string;
  public get alias() {
    return this._alias;
  }

  // pad - computed: false, optional: true, required: false
  private _pad?: RocketProviderPad[];
  public get pad() {
    return this._pad;
  }

  protected synthesizeHclAttributes(): { [name: string]: any } {
    const attrs = {
      pad: {
        value: cdktf.listMapperHcl(rocketProviderPadToHclTerraform, true)(this._pad),
        isBlock: true,
        type: "list",
        storageClassType: "RocketProviderPadList",
      },
    };
  }
}
"""


def library(**texts: str) -> io.BytesIO:
    """Pack TypeScript texts as the compiled library that a provider package carries."""
    manifest = {"cdktf": {"provider": {"name": "registry.terraform.io/acme/rocket", "version": "1.2.3"}}}
    files = {"package/package.json": json.dumps(manifest)}
    for folder, text in texts.items():
        source_map = base64.b64encode(json.dumps({"sourcesContent": [text]}).encode()).decode()
        files[f"package/lib/{folder}/index.js"] = (
            f"// compiled\n//# sourceMappingURL=data:application/json;base64,{source_map}"
        )
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as members:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            members.addfile(member, io.BytesIO(content.encode()))
    archive.seek(0)
    return archive


@pytest.fixture
def read_package(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(SCRIPTS)
    import cdktf_schema

    yield cdktf_schema.read_package
    for name in ("cdktf_schema", "cdktf_source"):
        del sys.modules[name]


def test_a_resource(read_package: Any) -> None:
    document = read_package(library(engine=RESOURCE), frozenset())
    provider = document["provider_schemas"]["registry.terraform.io/acme/rocket"]
    block = provider["resource_schemas"]["rocket_engine"]["block"]
    assert block["attributes"] == {
        "id": {"computed": True, "type": "string"},
        "labels": {"computed": True, "type": ["map", "string"]},
        "thrust": {"required": True, "type": "number"},
        "self": {"optional": True, "type": ["set", "string"]},
        "rule": {"optional": True, "computed": True, "type": ["set", ["object", {"port": "number"}]]},
    }
    fuel = {"attributes": {"fuel": {"required": True, "type": "string"}}}
    assert block["block_types"] == {
        "tank": {"nesting_mode": "list", "block": fuel, "min_items": 1, "max_items": 1},
        "valve": {"nesting_mode": "list", "block": {"attributes": {"open": {"optional": True, "type": "bool"}}}},
        "design": {"nesting_mode": "list", "block": {"open": True}},
        "timeouts": {
            "nesting_mode": "single",
            "block": {"attributes": {"create": {"optional": True, "type": "string"}}},
        },
    }


def test_described_objects_where_the_protocol_has_them(read_package: Any) -> None:
    document = read_package(library(engine=RESOURCE), frozenset({"registry.terraform.io/acme/rocket"}))
    provider = document["provider_schemas"]["registry.terraform.io/acme/rocket"]
    rule = provider["resource_schemas"]["rocket_engine"]["block"]["attributes"]["rule"]
    port = {"optional": True, "computed": True, "type": "number"}
    assert rule["nested_type"] == {"attributes": {"port": port}, "nesting_mode": "set"}


def test_a_data_source_and_the_provider(read_package: Any) -> None:
    site = RESOURCE.replace("TerraformResource", "TerraformDataSource").replace("rocket_engine", "rocket_site")
    document = read_package(library(provider=PROVIDER, site=site), frozenset())
    provider = document["provider_schemas"]["registry.terraform.io/acme/rocket"]
    assert list(provider["data_source_schemas"]) == ["rocket_site"]
    pad = {"nesting_mode": "list", "block": {"attributes": {"site": {"required": True, "type": "string"}}}}
    assert provider["provider"]["block"] == {"block_types": {"pad": pad}}
    assert document["iacrl"] == {"exact": False, "version": "1.2.3"}


def test_what_cannot_be_read_is_refused(read_package: Any) -> None:
    odd = RESOURCE.replace("return this.getNumberAttribute('thrust')", "return something('thrust')")
    with pytest.raises(Exception, match="thrust: no type"):
        read_package(library(engine=odd), frozenset())
