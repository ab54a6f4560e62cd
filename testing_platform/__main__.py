"""Runs the command line as `python -m testing_platform`."""

from testing_platform.cli import main

main()
