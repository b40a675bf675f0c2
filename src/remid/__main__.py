"""`python -m remid`."""

from remid.cli import entry

entry()
