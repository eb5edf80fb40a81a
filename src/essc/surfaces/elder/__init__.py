"""Elder mode 长辈版: pages of its own, larger and simpler, not an enlargement of the wallet's."""
