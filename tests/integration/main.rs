//! Promises kept on real servers.
