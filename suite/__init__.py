"""suite: is A really better than B, or is it seed noise - and can anyone re-run it and get the same number?"""

__version__ = "0.1.0"
