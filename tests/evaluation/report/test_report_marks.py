from hypothesis import given
from hypothesis import strategies as st

from iacrl.domains import extract
from iacrl.domains.extract import extract_pieces
from iacrl.domains.ranges import Position, Range
from iacrl.evaluation.report.marks import Places

BLOCK = 'locals {\n  a = "é😀" + b\n}\n'


def place_of(completion, start, end, domain="terraform"):
    """Return the text that a range of the extracted text is marked at, cut as a browser cuts: by UTF-16 units."""
    span = Places(completion, domain).place(Range(Position(*start), Position(*end)))
    units = completion.encode("utf-16-le", "surrogatepass")
    return units[2 * span.start : 2 * span.end].decode("utf-16-le", "surrogatepass")


def test_a_range_is_found_past_prose_reasoning_and_fences():
    for before in ("", "😀 Here:\n```hcl\n", "<think>\n```hcl\nb\n```\n</think>It is:\n~~~tf\n"):
        after = "" if not before else "```" if "hcl\n" in before[-5:] else "~~~"
        assert place_of(before + BLOCK + after, (2, 7), (2, 11)) == '"é😀"'
        assert place_of(before + BLOCK + after, (2, 14), (2, 15)) == "b"


def test_a_range_in_the_second_of_two_blocks():
    completion = "First\n```yaml\na: 1\n```\nthen\n```yaml\nb: 2\n```"
    assert place_of(completion, (3, 1), (3, 2), "kubernetes") == "b"
    assert place_of(completion, (1, 4), (1, 5), "kubernetes") == "1"
    # The joint between documents stands nowhere; a range there begins where the next block does.
    assert place_of(completion, (2, 1), (3, 2), "kubernetes").endswith("b")


def test_a_range_over_lines_and_one_past_the_end():
    completion = f"```tf\n{BLOCK}```"
    assert place_of(completion, (1, 8), (3, 2)) == BLOCK[7:-1]
    assert place_of(completion, (9, 1), (9, 5)) == ""
    assert place_of(completion, (1, 99), (1, 100)) == ""


def test_the_lines_of_the_code_are_numbered():
    completion = "First\n```yaml\na: 1\nb: 2\n```\nthen\n```yaml\nc: 3\n```"
    code = Places(completion, "kubernetes").code()
    assert [(completion[span.start : span.end], line) for span, line, _ in code] == [("a: 1\nb: 2\n", 1), ("c: 3\n", 4)]
    assert [text for _, _, text in code] == ["a: 1\nb: 2\n", "c: 3\n"]


PARTS = st.sampled_from(["```tf\n", "```\n", "~~~yaml\n", "a = 1\n", "", "\r\n", "é😀\n", "<think>", "</think>", "x"])


@given(st.lists(PARTS, max_size=12).map("".join), st.sampled_from(["terraform", "kubernetes"]))
def test_pieces_stand_where_they_say_and_make_up_the_extracted_text(completion, domain):
    pieces = extract_pieces(completion, domain)
    assert "".join(piece.text for piece in pieces) == extract(completion, domain)
    for piece in pieces:
        if piece.start is not None:
            there = completion[piece.start : piece.start + len(piece.text)]
            assert piece.text in (there, there + "\n")


@given(
    st.lists(PARTS, max_size=12).map("".join),
    st.tuples(st.integers(0, 9), st.integers(0, 9)),
    st.tuples(st.integers(0, 9), st.integers(0, 9)),
)
def test_any_range_lies_within_the_completion(completion, start, end):
    span = Places(completion, "terraform").place(Range(Position(*start), Position(*end)))
    assert 0 <= span.start <= span.end <= len(completion.encode("utf-16-le")) // 2 + 1
