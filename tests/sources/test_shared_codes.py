"""Findings of a real program get the validator's codes where both found the same."""

from iacrl.domains import Diagnostic, Position, Range, Verdict
from iacrl.sources.shared_codes import with_shared_codes


def finding(code, message, line, layer="schema", file=None):
    return Diagnostic(code, "error", message, layer, Range(Position(line, 3), Position(line, 9), file))


def code_of(found, *own):
    program = Verdict("terraform", (found,), judge="terraform 1.15")
    (coded,) = with_shared_codes(program, Verdict("terraform", own)).diagnostics
    assert coded == found._replace(code=coded.code), "only the code changes"
    return coded.code


def test_the_same_words_at_the_same_place_are_the_same_finding():
    there = finding("TF903", "Unsupported argument: An argument named so is not expected.", 2)
    own = finding("TF304", 'Unsupported argument: Did you mean "bucket"?', 2)
    assert code_of(there, own, finding("TF305", "Missing required argument: x", 2)) == "TF304"
    assert code_of(there, own._replace(range=finding("", "", 2, file="a.tf").range)) == "TF903"
    assert code_of(there, finding("TF304", "Unsupported argument: x", 3)) == "TF903"


def test_the_same_message_is_the_same_finding_wherever_it_is():
    there = finding("TF903", "Missing required argument: x", 1)
    assert code_of(there, finding("TF305", "Missing required argument: x", 7)) == "TF305"


def test_other_words_at_the_same_place_need_the_same_layer_and_a_single_code():
    there = finding("KB904", "spec.ports[0].port: Invalid value: 99999", 7, "references")
    own = finding("KB417", "spec.ports[0].port is 99999; ports are from 1 to 65535.", 7, "references")
    assert code_of(there, own) == "KB417"
    assert code_of(there, own._replace(layer="schema")) == "KB904"
    assert code_of(there, own, own._replace(code="KB418")) == "KB904"
