"""What needs a real Ray cluster: `make cluster-test`, `make cluster-figures`."""
