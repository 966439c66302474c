"""Downloads of datasets: each is checked before it is put in place."""
