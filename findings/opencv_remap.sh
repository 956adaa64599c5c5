#!/usr/bin/env bash
# OpenCV 4 moves pictures of floats in steps of 1/32 pixel; OpenCV 5 does not, and its optical flow changes with that.
#
# cv2.remap and cv2.warpAffine, float32 in, bilinear, on a ramp of slope 1: shifts of 0.01, 0.02 and 0.1 come out as 0,
# 0.03125 and 0.09375 by 4.13 and exact by 5.0. A flow of less than 1/64 pixel is no motion. DIS flow, too, is another
# for the same two pictures. So a warped error moves with the library twice, by the warp and by the flow. Cubic is exact
# for no ramp in either: its kernel (a = -0.75) makes 0.342 of 0.3.
#
# opencv-python-headless 4.13.0.90 and 5.0.0.93, numpy 2.2.6 (PyPI).
# Seen 2026-11-27: the figures above; DIS on a smooth texture moved by (3, 2): up to 0.03 pixels apart ("fast")
# and 0.01 ("medium").
source "$(dirname "$0")/common.bash"

pypi four opencv-python-headless==4.13.0.90 numpy==2.2.6
pypi five opencv-python-headless==5.0.0.93 numpy==2.2.6
cd "$work"

cat >remap.py <<'PY'
import sys

import cv2
import numpy

down, across = numpy.mgrid[0:64, 0:64].astype(numpy.float32)


def moved(shift, kind):
    return float(cv2.remap(across, across + numpy.float32(shift), down, kind)[30, 30] - 30)


def affine(shift):
    matrix = numpy.array([[1, 0, -shift], [0, 1, 0]], numpy.float32)
    return float(cv2.warpAffine(across, matrix, (64, 64), flags=cv2.INTER_LINEAR)[30, 30] - 30)


def flow(preset):
    # Made without OpenCV, so that both versions are given the same pictures.
    smooth = numpy.random.default_rng(0).random((180, 240))
    for axis in (0, 1):
        smooth = sum(numpy.roll(smooth, step, axis) for step in range(9))
    texture = ((smooth - smooth.min()) / (smooth.max() - smooth.min()) * 255).astype(numpy.uint8)
    return cv2.DISOpticalFlow_create(preset).calc(texture, numpy.roll(texture, (2, 3), (0, 1)), None)


shifts = (0.01, 0.02, 0.1)
print("remap", *(f"{moved(shift, cv2.INTER_LINEAR):.5f}" for shift in shifts))
print("warpAffine", *(f"{affine(shift):.5f}" for shift in shifts))
print("cubic", f"{moved(0.3, cv2.INTER_CUBIC):.2f}")
fast, medium = cv2.DISOPTICAL_FLOW_PRESET_FAST, cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
numpy.savez(sys.argv[1], fast=flow(fast), medium=flow(medium))
PY
four/bin/python remap.py four.npz >four.txt
five/bin/python remap.py five.npz >five.txt

line() {
    grep "^$2 " "$1.txt" | cut -d ' ' -f 2-
}
expect "4.13, remap by 0.01, 0.02, 0.1" "0.00000 0.03125 0.09375" "$(line four remap)"
expect "4.13, warpAffine" "0.00000 0.03125 0.09375" "$(line four warpAffine)"
expect "5.0, remap" "0.01000 0.02000 0.10000" "$(line five remap)"
expect "5.0, warpAffine" "0.01000 0.02000 0.10000" "$(line five warpAffine)"
expect "5.0, cubic by 0.3" 0.34 "$(line five cubic)"

cat >compare.py <<'PY'
import sys

import numpy

four, five = numpy.load("four.npz"), numpy.load("five.npz")
gap = float(numpy.abs(four[sys.argv[1]] - five[sys.argv[1]]).max())
print("the same bits" if gap == 0 else "another flow")
print(f"  DIS {sys.argv[1]}: up to {gap:.3f} pixels apart", file=sys.stderr)
PY
expect "DIS fast, 4.13 and 5.0" "another flow" "$(five/bin/python compare.py fast)"
expect "DIS medium, 4.13 and 5.0" "another flow" "$(five/bin/python compare.py medium)"
