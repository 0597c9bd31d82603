//! How many different visitors there were, in bounded memory.
