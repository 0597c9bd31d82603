//! The rules for URLs that need neither settings nor a parser.

/// Returns whether a URL is not empty, is UTF-8, and has no control character (Unicode Cc) and no
/// space.
#[must_use]
pub fn is_clean(url: &[u8]) -> bool {
    violation(url).is_none()
}

/// Returns the first of the rules of [`is_clean`] that the URL breaks.
pub(super) fn violation(url: &[u8]) -> Option<&'static str> {
    if url.is_empty() {
        return Some("URL is empty");
    }
    if is_graphic(url) {
        return None;
    }
    let Ok(text) = std::str::from_utf8(url) else {
        return Some("URL is not UTF-8");
    };
    if text.chars().any(char::is_control) {
        return Some("URL contains a control character");
    }
    text.contains(' ').then_some("URL contains a space")
}

/// Returns whether all bytes are ASCII, and none is a space or a control character.
pub(super) fn is_graphic(url: &[u8]) -> bool {
    let (blocks, rest) = url.as_chunks::<16>();
    // No early exit within a block, so that it compiles to one vector comparison.
    let whole = |block: &[u8; 16]| {
        block
            .iter()
            .fold(true, |all, byte| all & byte.is_ascii_graphic())
    };
    blocks.iter().all(whole) && rest.iter().all(u8::is_ascii_graphic)
}
