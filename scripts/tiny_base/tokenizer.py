"""A small byte-level BPE tokenizer in which a name is the same tokens wherever it stands.

It splits text as Qwen2's does: for this model type `AutoTokenizer` puts Qwen2's splitting in place of any other without
a word. But no token joins what `PIECES` sets apart, so that Qwen2's longer pieces fall into just these.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers, trainers
from transformers import Qwen2Tokenizer
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"

#: Letters (with a `_` before them), single digits, and runs of anything else stand apart. A space never joins a word:
#: `web-1` is the same tokens after a space, a quote or a line break, and copying it is plain induction.
PIECES = r"_?\p{L}+|\p{N}|[^\p{L}\p{N}]+?(?=_?\p{L}|\p{N}|$)"

#: Layout that Qwen2's splitting would cut into three or four tokens, found before any splitting: it makes answers a
#: quarter shorter. No letter or digit is among it, so that names are left alone.
LAYOUT = (
    *("\n" + " " * indent for indent in range(2, 18, 2)),
    *("\n" + " " * indent + "- " for indent in range(0, 14, 2)),
    *('"\n' + " " * indent for indent in range(0, 10, 2)),
    *("\n\n", ": ", ", ", ". ", "; ", " = ", ' = "', ': "', '", "', '" {', '" "', "```"),
)

#: ChatML. A line break stands before each turn but the first, so that nothing follows an answer's end token.
CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '' if loop.first else '\\n' -}}"
    "{{- '<|im_start|>' + message['role'] + '\\n' -}}"
    "{%- if message['role'] == 'assistant' -%}"
    "{%- generation -%}{{- message['content'] + '<|im_end|>' -}}{%- endgeneration -%}"
    "{%- else -%}{{- message['content'] + '<|im_end|>' -}}{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '\\n<|im_start|>assistant\\n' -}}{%- endif -%}"
)


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Qwen2Tokenizer:
    """Return a tokenizer trained on `texts` with `vocabulary` entries, special tokens included."""
    draft = Tokenizer(models.BPE())
    draft.pre_tokenizer = pre_tokenizers.Sequence(
        [
            *(pre_tokenizers.Split(Regex(rule), behavior="isolated") for rule in (PRETOKENIZE_REGEX, PIECES)),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - len(LAYOUT),
        special_tokens=[PAD, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    draft.train_from_iterator(texts, trainer)
    learnt = json.loads(draft.to_str())["model"]
    tokenizer = Qwen2Tokenizer(
        vocab=learnt["vocab"],
        merges=[tuple(merge) for merge in learnt["merges"]],
        unk_token=PAD,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=[START],
        clean_up_tokenization_spaces=False,
    )
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in LAYOUT])
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.padding_side = "left"
    return tokenizer
