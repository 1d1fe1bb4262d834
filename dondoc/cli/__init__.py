"""The command line: `dondoc …`. Every command imports what it needs only when it runs, so that help is quick."""

from dondoc.cli.root import main

__all__ = ["main"]
