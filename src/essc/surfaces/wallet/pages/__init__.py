"""The wallet's pages, one file for each concern."""
