import iacrl
from iacrl.evaluation import trivial
from iacrl.evaluation.trivial import TRIVIAL, trivial_answers
from iacrl.tasks import Task


def task(instruction, output="x = 1", domain="terraform", name=""):
    return Task(instruction=instruction, input="", output=output, domain=domain, id=name or instruction)


def test_the_nearest_training_answer_is_that_of_the_most_similar_request():
    train = [
        task("Create a bucket named logs", "a = 1"),
        task("Create a queue named jobs", "b = 1"),
        task("Create a queue named mails with a delay", "c = 1"),
        task("Create a queue named jobs", "d: 1", domain="kubernetes"),
    ]
    asked = [task("Create a queue called jobs, please"), task("A bucket"), task("Create a queue", domain="kubernetes")]
    found = trivial_answers(asked, train)
    assert list(found) == list(TRIVIAL)
    assert found["nearest"] == ["```terraform\nb = 1\n```", "```terraform\na = 1\n```", "```yaml\nd: 1\n```"]
    assert found["constant"] == ["```terraform\na = 1\n```", "```terraform\na = 1\n```", "```yaml\nd: 1\n```"]
    assert found["empty"] == ["", "", ""] and found["echo"][1] == "A bucket"


def test_of_equally_similar_requests_the_first_counts():
    train = [task("one two", "a = 1", name="1"), task("two one", "b = 1", name="2")]
    assert trivial_answers([task("one two")], train)["nearest"] == ["```terraform\na = 1\n```"]


def test_a_request_unlike_any_and_a_domain_without_answers_are_answered_too():
    train = [task("alpha", "a = 1"), task("beta", "", domain="kubernetes")]
    found = trivial_answers([task("gamma"), task("beta", domain="kubernetes")], train)
    assert found["nearest"] == ["```terraform\na = 1\n```", ""] and found["constant"][1] == ""


def test_the_shipped_tasks_are_answered_alike_every_time_and_quickly(monkeypatch):
    test = [one for domain in ("terraform", "kubernetes") for one in iacrl.load_tasks(domain, split="test")]
    train = [one for domain in ("terraform", "kubernetes") for one in iacrl.load_tasks(domain, split="train")]
    split, read = [], trivial._words
    monkeypatch.setattr(trivial, "_words", lambda task: split.append(task) or read(task))
    found = trivial_answers(test, train)
    assert len(split) <= 2 * len(train) + len(test), "a table of similarities, not a walk over 5.8 million pairs"
    some = trivial_answers(test[::10], train)
    assert some == {name: answers[::10] for name, answers in found.items()}, "an answer depends on its own task only"
    assert len(found["nearest"]) == len(test) and all(found["nearest"])
    passed = sum(iacrl.score(text, one).passed for text, one in zip(found["nearest"][::20], test[::20], strict=True))
    assert passed <= 2, "the test split must not be answered by the training split"
