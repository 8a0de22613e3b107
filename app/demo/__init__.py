"""What `firstlight demo` shows: real images that pydicom ships, and phantoms made here."""

from app.demo.phantoms import write_phantoms
from app.demo.samples import sample_files

__all__ = ["sample_files", "write_phantoms"]
