"""The core of Firstlight: what is sent to a viewer, and in which order. See README.md."""
