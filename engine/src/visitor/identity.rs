//! The client id: who is the same visitor as before.
