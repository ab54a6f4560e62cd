"""TLS on a lab network: a small authority of the site's own, the server's certificate, and what kiosk PCs need.

Browsers give the candidate's page its cryptography, locks and service worker only over TLS; a lab has no domain and no
internet. Why an authority of its own, and how it is bounded: docs/decisions/0009.
"""
