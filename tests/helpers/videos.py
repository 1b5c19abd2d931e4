"""Small videos."""

import cv2


def write_video(path, frames, fps=25.0, code='MJPG'):
    """Write pictures (H, W, 3) of one size as a video; return its path."""
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), fps, (width, height))
    assert writer.isOpened()
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path
