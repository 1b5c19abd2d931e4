"""Conversion of original label files to what MMPose's datasets read."""
