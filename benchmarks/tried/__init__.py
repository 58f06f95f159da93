"""Ways to train that the product does not have: each is tried here first, and moves into `src` if it pays.

A method changes two things: the trainer, by a subclass of the product's, and what it hears of the scores, by a wrapper
around the runtime. All else is the product's own stage: recipe, lineage, run directory, resuming.
"""
