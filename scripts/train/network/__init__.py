"""The network in PyTorch, and the fixed networks that training and evaluation look through."""
