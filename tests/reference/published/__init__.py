"""Figures that others have published or printed, with where they stand; no code and no sentences of theirs."""
