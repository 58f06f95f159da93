"""From verdicts to scores: rewards and the rubric that composes them."""
