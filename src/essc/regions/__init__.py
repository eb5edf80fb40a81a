"""Administrative divisions (GB/T 2260, abolished codes kept) and what each region has set for itself."""
