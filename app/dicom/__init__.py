"""From DICOM files to coded frames. What other packages call is named here; README.md says how it
works."""

from app.dicom.examination import Examination, examine
from app.dicom.frame import EncodedFrame
from app.dicom.motion import MotionHead, MotionPart
from app.dicom.pool import PoolLimits, WorkerPool
from app.dicom.stack import StackKey, stack_order

__all__ = [
    "EncodedFrame",
    "Examination",
    "MotionHead",
    "MotionPart",
    "PoolLimits",
    "StackKey",
    "WorkerPool",
    "examine",
    "stack_order",
]
