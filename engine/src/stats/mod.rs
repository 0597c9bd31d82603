//! What is counted of a link's visits, packed.

pub(crate) mod sketch;
