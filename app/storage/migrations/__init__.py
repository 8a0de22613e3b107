"""The schema's steps (alembic), run at every start by ``app.storage.migrate``."""
