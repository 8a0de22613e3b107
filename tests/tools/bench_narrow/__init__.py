"""``make bench-narrow``: ways of coding a CT for a narrow window, compared over a folder."""
