"""The linter of the checklist: what a machine can see of the criteria, with a pointer to the words.

It speaks before a person reads, and decides nothing that needs a person. Rules are data (`content/linter.toml`): which
criterion they serve, how serious a finding is, whether they are switched on, and what they say. Start at `linting`.
"""
