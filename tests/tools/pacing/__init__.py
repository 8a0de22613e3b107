"""How the server paces itself, on simulated links and in the link lab."""
