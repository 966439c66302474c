"""Trainers: `train(recipe, replicates, device) -> Iterator[Outcome]`, one outcome a replicate, in
order."""
