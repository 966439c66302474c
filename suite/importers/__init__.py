"""Results that others measured: values by arm and seed (or item), from the files of several
programs."""
