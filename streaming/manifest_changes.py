"""A manifest told by what differs from another one: the slices of a stack are much alike.

What is compared are the fields of the manifest's JSON form, each as a whole. ``id``, ``instance``
and ``frame`` are never among the changes, since the message around them says them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from streaming.errors import ManifestError
from streaming.manifest import Manifest
from streaming.vocabulary import FrameKey

NAMED: Final = ("id", "instance", "frame")
"""What the message says beside the manifest."""


@dataclass(frozen=True, slots=True)
class ManifestChanges:
    """The fields of a manifest that another one does not have, or has otherwise."""

    like: int
    """The handle of that other one's frame."""
    fields: Mapping[str, Any]
    """As plain JSON values; None where the other one has a field that this one has not."""

    @classmethod
    def between(cls, like: int, known: Manifest, manifest: Manifest) -> ManifestChanges:
        """Return what turns ``known``, whose handle is ``like``, into ``manifest``."""
        before, after = known.to_dict(), manifest.to_dict()
        names = dict.fromkeys((*before, *after))
        return cls(
            like,
            {
                name: after.get(name)
                for name in names
                if name not in NAMED and before.get(name) != after.get(name)
            },
        )

    def applied(self, known: Manifest, id: str, frame: FrameKey) -> Manifest:
        """Return the manifest ``id`` of ``frame``; raises ManifestError where it is not sound."""
        fields = known.to_dict() | dict(self.fields)
        fields |= {"id": id, "instance": frame.instance, "frame": frame.frame}
        return Manifest.from_dict({n: value for n, value in fields.items() if value is not None})

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return dict(self.fields)

    @classmethod
    def read(cls, like: int, value: object) -> ManifestChanges:
        """Read the changes; raises ManifestError. Each field is checked when they are applied."""
        if not isinstance(value, dict) or any(name in value for name in NAMED):
            raise ManifestError("The changes of a manifest must be an object without its name.")
        return cls(like, value)
