"""The command `essc`: the installation's own commands here, each room's in its `cli.py`."""
