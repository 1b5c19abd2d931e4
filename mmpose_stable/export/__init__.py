"""One ONNX file from pixels to keypoints, and what runs it."""
