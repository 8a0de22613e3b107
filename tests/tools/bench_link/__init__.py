"""``make bench-link``: opening, refining, jumping and resuming through links as thin as our readers'.

A real Chromium on one host of the link lab, a real server on the other, TLS between them. README.md
beside this file says what is timed and how.
"""
