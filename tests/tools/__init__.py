"""Tools that measure and torment the real thing; each ends with a line FIGURES {...}."""
