"""Thin endpoints: from HTTP and WebSocket to the rest of the application, and back."""
