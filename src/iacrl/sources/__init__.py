"""Sources: the files and texts that are judged, from finding them to showing their findings.

`discover` finds what can be judged by name and content, `judged` judges it, `plain_text` and `formats` show the result.
The command line and `iacrl.testing` use the same steps.
"""
