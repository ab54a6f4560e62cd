"""What people do in an examination: one function per thing, in one module per stage of its life.

Operations take the actor and the time, write one audit event for each act of staff, and never commit.
"""
