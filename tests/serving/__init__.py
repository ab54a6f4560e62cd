"""The web server itself: real gunicorn, real sockets."""
