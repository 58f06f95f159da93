"""The results of a run, for people and for programs: one HTML file, PNG figures, JSON and a model card.

All of them show the numbers of `summary.summarize`, which takes them from the run's own files. It computes nothing that
an evaluation has already computed. The report notes what a run lacks.
"""
