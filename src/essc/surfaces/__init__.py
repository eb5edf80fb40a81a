"""What people meet: pages, elements and words, one folder for each face. Rooms are reached through their actions, queries and calls."""
