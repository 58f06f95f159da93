"""Sources: the files and texts that are judged, from finding them to showing what was found in them.

`discover` tells by name and content what holds something to judge, `judged` judges it, `plain_text` and `formats` show
the outcome. The command line and `iacrl.testing` stand on the same steps.
"""
