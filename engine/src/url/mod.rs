//! URLs: which ones are accepted, and the prefix of short URLs.

mod base_url;
mod clean;
mod scheme;
mod validate;

pub use base_url::BaseUrl;
pub use clean::is_clean;
pub use scheme::never_allowed;
pub use validate::Rules;
