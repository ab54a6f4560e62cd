"""The demo: the whole loop with no hands, on a database of its own, through the same parts that people use."""
