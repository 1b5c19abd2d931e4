"""Frame-to-frame jitter of keypoints on video."""
