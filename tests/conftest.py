"""What every test has in common."""

from __future__ import annotations

import os

from hypothesis import settings

# The same examples on every run: a red run is red for its commit. `make fuzz` looks for new ones.
settings.register_profile("ci", derandomize=True, max_examples=60, deadline=None, print_blob=True)
# New examples on each run of a developer.
settings.register_profile("hand", max_examples=60, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "hand")
