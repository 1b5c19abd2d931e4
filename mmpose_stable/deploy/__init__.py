"""Models in use: one ONNX file from pixels to keypoints."""
