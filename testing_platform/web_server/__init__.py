"""How requests come in: whole, in time and of bounded size, before a thread of the application is spent on them.

gunicorn keeps the processes; the worker class here reads the sockets. Why: docs/decisions/0008.
"""
