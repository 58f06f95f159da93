"""A small byte-level BPE tokenizer in which a name always gives the same tokens."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"

#: Letters, up to three digits, and single punctuation marks are separate pieces. A space belongs to a mark or is alone.
#: So `web-1` gives the same tokens after a space, a quote or a line break, and copying is plain induction. A resource
#: type (`aws_s3_bucket`) is spelled the same everywhere, so it may merge whole. So may a fence, and a line break with
#: its indent.
PIECES = r"`{3}|(?:aws|azurerm|google)_\w+|\p{L}+|\p{N}{1,3}| *[^\s\p{L}\p{N}] ?|\n+ *| +|\s"

#: ChatML. A line break comes before each turn except the first, so nothing follows an answer's end token.
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


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Return a tokenizer trained on `texts` with `vocabulary` entries, special tokens included."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    # For model_type "qwen2", AutoTokenizer silently replaces `PIECES` with Qwen2's own splitting, whatever class the
    # saved one names. Load it with PreTrainedTokenizerFast, as iacrl.training.model.load_tokenizer does.
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=[START],
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHAT_TEMPLATE
    fast.padding_side = "left"
    return fast
