"""The commands behind ``mmpose-stable``."""
