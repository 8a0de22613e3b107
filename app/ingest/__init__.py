"""One door for files, wherever they come from."""
