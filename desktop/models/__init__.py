"""The local stores: encrypted work.db and cache.db (SQLAlchemy over SQLCipher, no Qt)."""
