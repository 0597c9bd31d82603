//! The rules for URLs that depend on no setting and on no parser.

/// The rules that depend on no setting and no parser: not empty, UTF-8, no control character (Unicode Cc), no space.
#[must_use]
pub fn is_clean(url: &[u8]) -> bool {
    violation(url).is_none()
}

/// What [`is_clean`] finds wrong.
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

/// Whether there is nothing but ASCII without spaces and control characters.
pub(super) fn is_graphic(url: &[u8]) -> bool {
    let (blocks, rest) = url.as_chunks::<16>();
    // No early exit within a block: it becomes one vector comparison.
    let whole = |block: &[u8; 16]| {
        block
            .iter()
            .fold(true, |all, byte| all & byte.is_ascii_graphic())
    };
    blocks.iter().all(whole) && rest.iter().all(u8::is_ascii_graphic)
}
