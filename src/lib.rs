//! redis-shorten: URL shortening as native Redis commands.
