import pytest

import iacrl

GOOD = {
    "terraform": 'variable "region" {\n  default = "eu-west-1"\n}\n',
    "kubernetes": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  mode: fast\n",
}


@pytest.mark.parametrize("domain", ["terraform", "kubernetes"])
def test_a_good_text_is_valid_and_a_truncated_one_is_not(domain):
    assert iacrl.validate(GOOD[domain], domain).valid
    assert not iacrl.validate(GOOD[domain][:12], domain).valid


@pytest.mark.parametrize("text", ["", "```hcl\n```\n"])
@pytest.mark.parametrize(
    "function", [iacrl.validate, iacrl.extract, lambda _, name: iacrl.load_tasks(name, split="test")]
)
def test_an_unknown_domain_is_named_with_the_nearest(function, text):
    with pytest.raises(iacrl.UserError, match=r"Unknown domain 'teraform'\. Did you mean 'terraform'"):
        function(text, "teraform")
    with pytest.raises(iacrl.UserError, match=r"Unknown domain None\. Domains: terraform, kubernetes"):
        function(text, None)


@pytest.mark.parametrize("domain", ["terraform", "kubernetes"])
@pytest.mark.parametrize("function", [iacrl.validate, iacrl.extract])
def test_what_is_no_text_is_a_type_error(function, domain):
    with pytest.raises(TypeError, match="a str, got bytes"):
        function(b"variable", domain)
