"""Rules of the consultation, without I/O."""
