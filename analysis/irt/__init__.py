"""Item response theory: place items and people on one scale, with the error of each.

`calibrate` estimates the items, `scoring` the people, `information` says where a test measures well. All of it in plain
NumPy; the second opinion of another program is in `cross_check`.
"""

from analysis.irt.calibration import Calibration, calibrate

__all__ = ["Calibration", "calibrate"]
