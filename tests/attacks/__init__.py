"""Attacks that must fail, by theme, through real HTTP; docs/security.md says which threat each one stands for."""
