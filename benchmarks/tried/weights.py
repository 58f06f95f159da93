"""What a completion weighs in the loss, from the scores of its group: instead of GRPO's normalized advantages.

Each function takes scores of shape (groups, completions), with 0 where scoring failed, and returns weights of the same
shape.
"""

from __future__ import annotations

import torch

#: Scores that differ by less are the same.
_SAME = 1e-6


def best_of_group(scores: torch.Tensor) -> torch.Tensor:
    """Return 1 for the best completion of each group, the first of equals, and 0 for the others.

    This is RAFT, rejection-sampling fine-tuning (arXiv:2304.06767). A group that earns nothing has no best.
    """
    best = torch.nn.functional.one_hot(scores.argmax(dim=1), scores.shape[1]).to(scores.dtype)
    return best * (scores.amax(dim=1, keepdim=True) > 0)


def reinforce_rej(scores: torch.Tensor) -> torch.Tensor:
    """Return each score on a scale from -1 to 1, and 0 in groups whose scores are all the same.

    This is Reinforce-Rej (arXiv:2504.11343): rewards of -1 and 1 without a baseline, and no group that is all right or
    all wrong.
    """
    return (2 * scores - 1) * ~flat(scores)


def maxrl(scores: torch.Tensor) -> torch.Tensor:
    """Return the distance of each score from its group's mean, divided by that mean instead of the deviation.

    With scores of 0 and 1 this follows the gradient of the logarithm of the pass rate (MaxRL, arXiv:2602.02710), so
    that a rare success weighs more.
    """
    mean = scores.mean(dim=1, keepdim=True)
    return torch.where(mean > 0, (scores - mean) / mean.clamp(min=_SAME), torch.zeros_like(scores))


def flat(scores: torch.Tensor) -> torch.Tensor:
    """Say of each group whether all its scores are the same; shape (groups, 1)."""
    return scores.amax(dim=1, keepdim=True) - scores.amin(dim=1, keepdim=True) < _SAME
