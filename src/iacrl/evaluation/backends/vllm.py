"""A local model by vLLM, if it is installed: the base, and each adapter as a LoRA request."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.evaluation.backends import Reply, Request, finish_of, request_seed, turns_for_seed
from iacrl.evaluation.figures import DecodingSettings, Policy
from iacrl.text import readable
from iacrl.training.pretrained import local_folder

#: Requests in one round. vLLM batches them itself; the results are saved after each round.
_ROUND = 512


class VllmBackend:
    """Generation by vLLM in this process.

    vLLM gets tokens and returns tokens. Its own tokenizer would come from `AutoTokenizer`, which reads some tokenizers
    differently from how the model was trained (see `iacrl.training.tokenizer`).

    Args:
        policies: The label and identity of each, in order.
        adapters: The label of each policy except the base to the directory of its adapter.
        tokenizer: The one that the adapters were trained with.
        ends: The tokens that end an answer.

    Raises:
        UserError: vLLM is not installed, or the configuration asks for 4-bit weights, which its LoRA does not support.
    """

    def __init__(
        self,
        config: Config,
        policies: tuple[Policy, ...],
        adapters: Mapping[str, Path],
        tokenizer: PreTrainedTokenizerBase,
        ends: Collection[int],
    ) -> None:
        if config.model.quantization != "none":
            raise UserError(
                "eval.backend = vllm: 4-bit weights with LoRA adapters do not work in vLLM. Use "
                "eval.backend=transformers, or model.quantization=none if the adapters were trained so."
            )
        if adapters and config.lora is None:
            raise UserError(
                "eval.backend = vllm with lora = null: vLLM adds adapters to one base, and these runs trained whole "
                "models. Export each (`iacrl export`) and measure it by itself (`--model DIR`)."
            )
        try:
            from vllm import LLM, SamplingParams, TokensPrompt
            from vllm.lora.request import LoRARequest
        except ImportError:
            raise UserError("eval.backend = vllm: vLLM is not installed: pip install vllm") from None
        self.policies = policies
        self.notes: tuple[str, ...] = ()
        self._settings = config.eval
        self._seed = config.run.seed
        self._parameters = SamplingParams
        self._prompt = TokensPrompt
        self._tokenizer = tokenizer
        self._ends = sorted(ends)
        self._adapters = {
            label: LoRARequest(label, number, str(path)) for number, (label, path) in enumerate(adapters.items(), 1)
        }
        options: dict[str, Any] = (
            {"enable_lora": True, "max_lora_rank": config.lora.rank} if adapters and config.lora else {}
        )
        folder = local_folder(config.model)
        self._model = LLM(
            model=config.model.id if folder is None else str(folder),
            revision=config.model.revision,
            dtype=config.model.compute_dtype,
            seed=config.run.seed,
            trust_remote_code=config.model.trust_remote_code,
            generation_config="vllm",  # not the model's own defaults (top_p, penalties)
            skip_tokenizer_init=True,
            enforce_eager=config.model.device == "cpu",  # compiling takes longer there than a small model's answers
            **options,
        )

    def answer(self, policy: str, decoding: DecodingSettings, requests: Sequence[Request]) -> Iterator[Sequence[Reply]]:
        """Yield the completions round by round; see `Backend`."""
        left = iter(requests)
        while batch := list(islice(left, _ROUND)):
            outputs = self._model.generate(
                [self._prompt(prompt_token_ids=self._tokens(request)) for request in batch],
                [self._sampling(decoding, request) for request in batch],
                lora_request=self._adapters.get(policy),
                use_tqdm=False,
            )
            yield [self._answer(request, output) for request, output in zip(batch, outputs, strict=True)]

    def _tokens(self, request: Request) -> list[int]:
        chat = self._tokenizer.apply_chat_template(request.messages, add_generation_prompt=True)
        return list(chat["input_ids"])

    def _sampling(self, decoding: DecodingSettings, request: Request) -> Any:
        return self._parameters(
            temperature=decoding.temperature,
            top_p=1.0,
            max_tokens=self._settings.max_completion_tokens,
            seed=request_seed(self._seed, request.task.id, request.sample, *turns_for_seed(request)),
            stop_token_ids=self._ends,
            detokenize=False,
        )

    def _answer(self, request: Request, output: Any) -> Reply:
        (done,) = output.outputs
        text = str(self._tokenizer.decode(done.token_ids, skip_special_tokens=True))
        return Reply(request, readable(text), len(done.token_ids), finish_of(done.finish_reason))
