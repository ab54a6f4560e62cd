"""The demo: the whole loop with no hands, on a database of its own, through the same parts that people use."""

from testing_platform.demo.story import run

__all__ = ["run"]
