"""Write docs/security.md from the security checks. Run it after changing one: `python scripts/security_table.py`."""

from __future__ import annotations

from pathlib import Path

from iacrl.domains import Domain, all_domains
from iacrl.domains.security import SecurityCheck

TARGET = Path(__file__).parent.parent / "docs" / "security.md"
_HEAD = """# Security checks

This page lists the checks of the reward `security`. A check applies to a text only if its value is known from the text
alone. The reward is the share of these checks that hold everywhere in the text. It is not in the default rubric,
because a request may ask for an open port. [How a score is made](score.md) shows how to switch it on.
`python scripts/security_table.py` generates this page.

## What iacrl itself reads

Anybody may have written the texts and directories that iacrl reads. `iacrl validate` and pytest skip links that lead
out of the directory, files of more than 64 MB, and modules with either. They report what they skip. Devices, pipes and
sockets are skipped in a directory, and refused if you name them. Other files that you name are read, also through a
link. `helm` and `kubectl`, which render charts and kustomizations, get no credentials, no other program and no network
beyond this machine. A kustomization may build on folders in the directory that you give or, if that is in a git
repository, in the repository; one that leads elsewhere is not checked. `git`, which `--changed-since` asks, keeps the
settings of your user and system. Those of the repository, also included ones, start no program.

File names, task ids, answers of endpoints and quoted lines are printed with a replacement mark (U+FFFD) for each
control character and each mark that changes the direction of writing. So they cannot control your terminal. JSON and
other documents keep the exact characters in files and pipes.

CI servers take commands from a job's log: GitHub `::name ...::` at the beginning of a line and `##[name]` anywhere,
Azure Pipelines `##vso[name]`. In messages and tables, a mark replaces their first character. In JSON it is escaped,
which keeps the value. Only the annotations of `--format github` are commands. Generated code, YAML, TOML and model
cards are printed exactly: in a job, send them to a file. `pytest --iacrl` has such marks in its node ids, but pytest
itself prints folders and files as they are with `--collect-only`. iacrl writes no CSV, so no cell is a
formula. It reads CSV as texts.

## What is trusted

| trusted | never trusted |
|---|---|
| installed packages, with their domains and rewards | texts, completions, modules and charts |
| the recipe that you name, and your overrides | task files and intents |
| the files that you name, such as a reward | run directories, with their configuration |
| the programs on your PATH | schemas, definitions, and what an endpoint answers |
| the hub, or the server that `HF_ENDPOINT` names | what the hub's files contain |

A run directory is data. `iacrl runs` reads manifests, settings and figures of any storage, and executes nothing.
`iacrl rescore RUN`, `iacrl export RUN` and `iacrl eval --model RUN` read its configuration.
It may name a reward file, a model's own Python code (`model.trust_remote_code`) or an engine setting. Then the command
names each of them and stops. To go on, give your own value of that setting (`SETTING=VALUE`) or `--trust`.
`--config FILE` is a recipe that you name, wherever it is. `model.trust_remote_code` is about the code of `model.id`
alone: a model that a run trained whole may bring only the same code.

`--resume` goes on with a run in the folder that your recipe names. Its optimizer and random states are read without
running code. With FSDP and sharded states, torch reads their list by pickle: resume so only what you trained yourself.

A base model is trusted with time and memory, also the one that a run names in `model.id`. Without
`model.trust_remote_code` it runs no code of its own. But its chat template is a Jinja program without a limit: it can
loop for hours or write gigabytes. Load only models whose author you trust, and read a foreign run's `model.id` first.

`huggingface_hub` stores a download under the name that the server's `ETag` gives it, and that may be any path. It reads
as much as the server sends. So let `HF_ENDPOINT` name only a server that you trust.

## What anybody's files and servers may take

| attack | before | now |
|---|---|---|
| a run whose configuration names a reward file | its code ran | named and refused |
| escape sequences in names, ids, answers and lines | reached the terminal | replacement marks |
| `::set-output name=x::y` or `##[add-mask]x` in names, keys, ids and lines | commands for the CI server | marks |
| `[x](https://...)` in a finding with SARIF, `https://` in a run's names | a link in the alert, or in the card | text |
| a recipe of 20,000 nested brackets | a traceback (RecursionError) | refused with its place; 100 levels |
| aliases of aliases | unlimited memory | refused; 100,000 values, aliases expanded |
| a number of 10,000 digits in a recipe, or in a completion's values | a traceback (ValueError) | refused; a text |
| a number of 400 digits in a manifest | a traceback (OverflowError) | a text, as Kubernetes reads it |
| `/dev/zero` as a recipe or a task file | unlimited memory | refused |
| `matches: (a+)+$` in an intent | unlimited time | RE2: never tries again |
| a Rego policy that collects | 1,506 MB in 20 s | stopped at 512 MiB, after 530 MB |
| an endpoint that sends a byte at a time | never ended | `eval.timeout_s` for the whole answer |
| an endless or compressed answer | unlimited memory | 16 MB |
| Terraform takes too long | invalid (TF900) | not judged: 20 s of processor time, or 60 s of real time, twice |
| the API server slow to serve a definition | the object was invalid (KB902) | not judged |
| a repository's configuration or hook, with `--changed-since` | its program ran | git runs no filter, hook or fetch |
| a pipe as `.gitignore`, with `--changed-since` | git waited for it for ever | git is ended after two minutes |
| `core.attributesFile = /dev/zero` in a repository, with `--changed-since` | all memory | 2 GiB (Linux) |
| 60,000 filters in a repository's configuration, with `--changed-since` | a traceback (OSError) | refused |
| a file called `--out=/home/me/x.yaml`, with the pre-commit hooks | the report overwrote `/home/me/x.yaml` | a file |
| a `venv.py` in what the GitHub Action judges | its code ran | not imported |
| a link in a run's `adapter/`, with `iacrl push --adapter-only` | the file that it leads to was sent | refused |
| a chat template or an end token with quotes, in a Modelfile | wrote instructions of its own | left out |
| values outside of the space, or 5,000 digits, in a study of `iacrl sweep` | ranked, or a traceback | refused |
| a study of `iacrl sweep` with other settings | its settings were in `best.yaml` | only what was searched |
| a link out of the directory, in a called module or with `--discover` | a line of its target was shown | not followed |
| settings with `schemas` or `baseline` outside of their folder | any folder was read, and a file written | a mistake |
| patterns such as `*a*a*a*b` in a repository's settings | unlimited time | RE2: linear time |
| a number of 5,000 digits in a repository's settings, or in a dump of schemas | a traceback (ValueError) | a mistake |
| half of a surrogate pair in a JSON manifest | a traceback (UnicodeEncodeError) | U+FFFD, as in Go |
| half of a surrogate pair in a task or a chat | a traceback after the sampling | refused |
| foreign files in a run's `adapter/`, with `--adapter-only` | copied, and sent by `push` | only those of an adapter |
| a header of GGUF or a `config.json` that claims 2^31 layers or entries | hours, and all memory | refused at once |
| the same as an array of one number, or with a second width that hides the first | hours, and all memory | refused |
| a run with 5,000 families, or a log of 20,000 periods | minutes for a picture of all | 80 rows, 1,000 periods |
| a run with thousands of rewards, or unlike policies | minutes for their tables | 100 rewards, 100,000 cells |
| a link in a run, with `rescore` | the file that it leads to was overwritten | refused |
| a `config.yaml` that is a link out of its run, with `runs show` | the settings in its target were shown | not read |
| a link in the place of a run's lock, with filelock before 3.20.1 | the file that it leads to was emptied | refused |
| a run's `run.dir`, with `eval --model RUN` | anywhere was written to | `runs`, or where the run lies |
| a template with a transform and a type `{0}` | a traceback of cfn-lint (IndexError) | not judged |
| a NUL or 5,000 characters in a module's `source` | a traceback (ValueError), or no verdict | a finding |
| a kustomization with `patches: 5` or `!!bool x`, above a manifest | a traceback | it names no patch |
| `"\\ud800"` in JSON that an answer embeds | a traceback that ended GRPO or `eval` | U+FFFD |
| 5,000 digits in an annotation, a CIDR, a job's indexes, a duration or CEL | a traceback (ValueError) | a finding |
| a link in a directory that `iacrl data import` reads | its target became a task | left out |
| a number such as 1e999…9 in `.tf.json` | a traceback (InvalidOperation) | refused, as by Terraform |
| 1,500 half-open connections to `report --live` | 1,500 threads | 32 |
| an answer that takes a reward long, with `iacrl generate` | no limit | `rewards.deadline_s` |
| a compressed log of 13 MB with one line of 3 GB | 6 GB of memory | refused after 64 million characters |
| figures, settings, numbers and places that no run has | a traceback, also in a list of runs | named and left out |
| half an address of a bucket, or one of the hub with `..` | a traceback (TypeError, ValueError) | refused |
| a killed engine | its folder was left | removed, also after SIGKILL |
| a regular expression of 10,000 groups, in a text, a definition or an intent | minutes | no groups; above 100 unknown |
| `(((a{0,10}){0,10}){0,10}b?)` 200 times, in Terraform or a definition | minutes | unknown, or not judged |
| the same in an intent, or `*a` 2,000 times in a repository's settings | minutes | refused, or not met; a mistake |
| thousands of small regular expressions or CEL rules | minutes | 0.5 s, 2 million steps; then not judged |
| `regexall("a*b\\|a", "aaa…")`, which reads the rest at each match | minutes | unknown after 0.5 s |
| regular expressions in a run's `adapter_config.json` | peft might never end | refused |
| `megatron_core` in a run's `adapter_config.json`, with peft 0.18 | any installed module was imported | refused |
| a rank of 20 million, or `layer_replication`, in a run's `adapter_config.json` | all memory | refused |
| another kind of adapter, or entries of other types | a traceback | refused |
| an adapter as `model.id` | peft got its description unchecked, and read the base that it names | refused |
| a header of safetensors with a million tensors | minutes, and gigabytes | 200,000 tensors |
| an index of weights that names files outside of its folder | they were loaded, and exported | refused |
| odd types in a base's `config.json`, tokenizer or `generation_config.json` | a traceback | refused |
| an empty or damaged state of the optimizer or schedule, with `--resume` | "Interrupted.", or a traceback | refused |
| a state of the trainer that cannot be read, with `--resume` | the last checkpoint was deleted | refused, and kept |
| a trainer's state of another step than its folder, with `--resume` | "complete", and nothing trained | refused |
| a second adapter in a checkpoint, with `--resume` | peft got its description unchecked | refused |
| odd types in a manifest or a trainer's state, with `--resume` | a traceback | refused |
| a chat template that fails | a traceback, after the model was loaded | refused at once |
| `"%.1000000000f".format([1.0])` in a rule of a definition | unlimited memory | the rule fails |
| an `AllowedPattern` such as `((a{60000}){60000}){60000}`, or one slow on a value of a list | no end | not judged |
| an `AllowedPattern` of 3,000 brackets, or a `Default` of `0xf…f` | a traceback | a finding, or not judged |
| a link to itself, as a module's file or in what is rendered | a traceback (RuntimeError) | left out |
| an intent with `some` in `some`, 150 levels deep | a traceback (RecursionError) | refused; 20 levels |
| a few lines of a kustomization or chart that render gigabytes | memory and disk for 60 s | 50 MB, 4 GiB (Linux) |
| a kustomization that builds on a folder out of the directory or repository | lines of it were shown | not checked |
| 1,000 charts or kustomizations that take a minute each | hours | 20 minutes in all |
| 10 MB as an argument of a tool of `iacrl mcp` | came back | 1,000 characters of it |
| a named pipe in a run, in a model's folder, or as tasks that a run names | waited for it for ever | refused |
| an address with a NUL in `iacrl lsp` | no file was judged while it was open | names no file |
| a `study.db` of `iacrl sweep` that is damaged or another program's | a traceback, or tables added to it | refused |
| a view or a trigger in a `study.db` of `iacrl sweep` | all memory, or the whole disk | refused |
| half of a surrogate pair in a baseline, with `--write-baseline` | a traceback (UnicodeEncodeError) | U+FFFD |
| 100 kB of `-` in a version, of spaces behind a fence, or of `0` in a duration | minutes to hours | one pass |
| `${` and 10,000 spaces in `!Sub`, or 100 kB of line ends in `chomp` | minutes to hours | one pass |
| 40,000 comments such as `# iacrl: ignore TF304` before one line | minutes | one pass |
| 20 kB of `-a-a…` in Terraform, with `--engine` | 9 s, and four times that for twice as much | one pass |
| a role with 3,000 groups, resources and verbs in one rule | no end | not counted out |
| `formatlist("%1000000d", range(1000))`, or `title` of long texts | minutes, and gigabytes | unknown |
| thousands of misspelt fields in a manifest | seconds for hints | hints for the first ones |
| an answer that claims 10^299 tokens, or fewer than none | the mean of all was that number | unknown |
| a key with a line end for `--endpoint`, or a server that echoes it | the key was printed | left out |
| a query, or odd characters, in `--endpoint` | sent elsewhere and written down, or a traceback | refused |
| a link out of its folder as `.iacrl.toml` | keys of its target shown, a baseline beside it written | a mistake |
| gigabytes in the folders of `schemas`, or a name that is not UTF-8 | all memory, or a traceback | 250 MB; any name |
| a run with `rewards.workers: 100000`, with `rescore` | two processes for each answer | one for each core |
| a reward's file in the card that `iacrl push` sends | its path on this machine was sent | its name |
| a base in `~/base` or models/base, and why a stage failed, with `iacrl push` | sent | names without folders |
| a reward's file that calls `os._exit(0)` while it loads | iacrl ended with status 0 | refused |
| a reward that replaces `pickle.dumps` in its process | the whole batch had no score, or a traceback | as before |
| dates or bytes in a data set, or a name that is not UTF-8, with `data import` | a traceback at the end | texts |
| Python code of its own in a run's `model/`, where the recipe trusts that of the base | it ran | refused |
| odd types in a manifest, or a folder `checkpoint-x`, with `grpo --parent` | a traceback | refused, or left alone |
| a recipe's kubeconfig context, and the folder of its engine, with `iacrl push` | sent in the card | left out |
| a GGUF file without some of its weights | random numbers instead | refused |
| a base's `tokenizer.json` on which the package tokenizers panics | a traceback (PanicException) | refused |
| a code action for a pipe or a device that is not open, in `iacrl lsp` | waited for ever, or all memory | no action |
| a chat without content, from another trainer | a traceback (TypeError) that ended it | an empty answer |
| a date without end in `Retry-After` | a traceback (OverflowError) | counts as no date |
| `--out /dev/null` of a command other than `validate`, as root | a file replaced the device | written to, or refused |
| `export --overwrite` into the run itself, or any other folder | all of it was deleted | only an earlier export is |
| a deleted current directory, or a closed standard input | a traceback | refused; nothing to read |

`tools/fuzz_readers.py` mutates valid files of every kind and reports anything but a clear message. A million
mutated files (`--inputs 1000000 --minutes 100 --seed 4711`, at commit 66269eae) gave nothing else.
"""


def table() -> str:
    """Return the content of docs/security.md."""
    return "\n".join([_HEAD, *(_section(domain) for domain in all_domains() if domain.security_checks())])


def _section(domain: Domain) -> str:
    checks = domain.security_checks()
    rows = "\n".join(map(_row, checks))
    return (
        f"## {domain.title}: {len(checks)} checks\n\n"
        f"| id | what must hold | looks at | why | source |\n|---|---|---|---|---|\n{rows}\n"
    )


def _row(check: SecurityCheck) -> str:
    types = ", ".join(
        f"`{entity_type.removeprefix('resource ').removeprefix('object ')}`" for entity_type in check.looks_at
    )
    if "object Pod" in check.looks_at:
        types = "every kind with pods"
    return f"| {check.id} | {check.title} | {types} | {check.why} | {check.source} |"


if __name__ == "__main__":
    TARGET.write_text(table(), encoding="utf-8")
    print(f"Wrote {TARGET}")
