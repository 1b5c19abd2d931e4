"""The commands of ``tools/``, callable where only the wheel is installed."""
