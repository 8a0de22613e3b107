"""Many simulated viewers on thin links against one server process: ``make bench-load``."""
