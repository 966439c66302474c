"""Commands as arms: run apart from the rest, and their numbers read from what they leave."""
