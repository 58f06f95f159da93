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


def test_an_unknown_domain_is_named_with_the_nearest():
    with pytest.raises(iacrl.UserError, match="Did you mean 'terraform'"):
        iacrl.validate("", "teraform")
