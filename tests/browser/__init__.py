"""The page in a browser. Its packages have a lock of their own beside it."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
