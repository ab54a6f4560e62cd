"""What people do in an examination: one function per act. `actor` and `now` are arguments; nothing commits."""
