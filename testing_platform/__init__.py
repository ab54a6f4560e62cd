"""The shell of the testing platform: Flask, the command line, jobs and wiring. The only package that imports flask."""

__version__ = "0.1.0"
