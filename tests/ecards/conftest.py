"""Rooms connected with the sandbox's partners; one database for all, and a new person for each test."""
from tests.identity.conftest import db, partners, stage

__all__ = ["db", "partners", "stage"]
