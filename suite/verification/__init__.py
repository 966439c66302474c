"""Certificates, re-runs that check them, and why a stored run is stale."""
