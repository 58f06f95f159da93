"""`python -m iacrl`."""

from iacrl.cli import main

main()
