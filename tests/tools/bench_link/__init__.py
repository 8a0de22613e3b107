"""``make bench-link``: opening, refining, jumping and resuming through thin links.

A real Chromium on one host of the link lab, a real server on the other, TLS between them. README.md
beside this file says what is timed and how.
"""
