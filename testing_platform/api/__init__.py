"""The runner's JSON contract; `docs/api.md` fixes every shape, state and problem type."""
