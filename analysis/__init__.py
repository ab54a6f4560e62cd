"""Item and test analysis: arrays in, frozen results out.

An island by design: it knows NumPy and nothing of ours, so a psychometrician can check it, and use it, without
the platform. Heavy libraries (SciPy, matplotlib, girth, typst) load when a function needs them, so importing this
costs little more than NumPy.
"""
