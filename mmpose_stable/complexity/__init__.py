"""Cost of networks: parameters, multiply-adds, speed; beside the accuracies others printed."""
