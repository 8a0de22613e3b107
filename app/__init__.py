"""Everything of Firstlight that touches the world; the rules of streaming are in `streaming`."""
