"""The trainer: pictures, losses, objectives, the loop."""
