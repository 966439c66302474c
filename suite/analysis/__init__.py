"""From results to what is said of them: studies, comparisons, claims, effects, noise."""
