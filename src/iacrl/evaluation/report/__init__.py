"""What a run found, for people and for programs: one HTML file, PNG figures, JSON and a model card.

All of them show the numbers of `summary.summarize`, which takes them from the run's own files and computes nothing that
an evaluation has computed already. What a run lacks is said in the report, as a note.
"""
