"""Where state lives: the catalog (SQL), blobs (files by key) and the bus (something changed)."""
