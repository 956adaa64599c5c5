"""What the built program paints, judged."""
