//! The ways in which servers can read a path.
//!
//! Servers and proxies decode a path, merge its slashes, cut off parameters and resolve dot
//! segments: once, twice or not at all, in any order. Every path that some series of these steps
//! produces is taken into account.

/// More readings than an ordinary path has. A path with more is crafted.
const LIMIT: usize = 64;

/// The least cost of a reading, in bytes of [`BUDGET`].
const LEAST: usize = 4096;

/// Limits the work on long paths, in bytes.
const BUDGET: usize = LIMIT * LEAST;

/// A step that a server can take.
type Step = fn(&[u8]) -> Vec<u8>;

const STEPS: [Step; 5] = [
    decoded,
    without_backslashes,
    with_single_slashes,
    without_parameters,
    without_dots,
];

/// Returns every reading of a path, the path itself first. Returns `None` if there are too many.
pub(super) fn readings(path: &str) -> Option<Vec<Vec<u8>>> {
    let mut readings = vec![path.as_bytes().to_vec()];
    let mut budget = BUDGET;
    let mut at: usize = 0;
    while let Some(reading) = readings.get(at).cloned() {
        for step in STEPS {
            let next = step(&reading);
            if !readings.contains(&next) {
                budget = budget.checked_sub(next.len().max(LEAST))?;
                readings.push(next);
            }
        }
        at = at.saturating_add(1);
    }
    Some(readings)
}

/// Decodes percent-encoding once.
pub(super) fn decoded(path: &[u8]) -> Vec<u8> {
    percent_encoding::percent_decode(path).collect()
}

/// Reads backslashes as slashes, as Windows does.
fn without_backslashes(path: &[u8]) -> Vec<u8> {
    let slash = |&byte: &u8| if byte == b'\\' { b'/' } else { byte };
    path.iter().map(slash).collect()
}

fn with_single_slashes(path: &[u8]) -> Vec<u8> {
    let mut plain = path.to_vec();
    plain.dedup_by(|next, last| (*next, *last) == (b'/', b'/'));
    plain
}

/// Cuts off what follows a `;` in each segment, as Java servers do.
fn without_parameters(path: &[u8]) -> Vec<u8> {
    segments(path)
        .map(|segment| {
            segment
                .split(|&byte| byte == b';')
                .next()
                .unwrap_or(segment)
        })
        .collect::<Vec<_>>()
        .join(&b'/')
}

/// Resolves `.` and `..` as the URL parser does.
pub(super) fn without_dots(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut ends_in_dots = false;
    for segment in segments(path) {
        ends_in_dots = matches!(segment, b"." | b"..");
        match segment {
            b"." => {}
            // The first element is what precedes the first slash.
            b".." => kept.truncate(kept.len().saturating_sub(1).max(1)),
            _ => kept.push(segment),
        }
    }
    if ends_in_dots {
        kept.push(b"");
    }
    kept.join(&b'/')
}

fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Vec<String> {
        let readings = readings(path).unwrap();
        readings
            .iter()
            .map(|reading| String::from_utf8_lossy(reading).into_owned())
            .collect()
    }

    #[test]
    fn a_path_that_no_server_changes_has_one_reading() {
        for path in ["/", "/g8", "/a/b-c/d.html", "/.well-known/x", "/a%", "/%zz"] {
            assert_eq!(read(path), [path]);
        }
    }

    #[test]
    fn every_series_of_steps_leads_to_a_reading() {
        for (path, reading) in [
            ("/a%2f..%2fs/g8", "/s/g8"),
            ("/%252e%252e%252fs/g8", "/s/g8"),
            ("/a%2f%2f..%2fs", "/a/s"),
            ("/a%2f%2f..%2fs", "/s"),
            ("/x%252fy/..%2fs%252fg8", "/s/g8"),
            ("/x%252fy/..%2fs%252fg8", "/x/s/g8"),
            ("/..;/s;v=1/g8", "/s/g8"),
            ("/a%3b/b", "/a/b"),
            ("/a%5c..%5cs", "/s"),
            ("/s/.%2e", "/"),
        ] {
            assert!(read(path).contains(&reading.to_owned()), "{path} {reading}");
        }
    }

    #[test]
    fn a_path_with_too_many_readings_is_refused() {
        let nested = format!("/%{}41", "25".repeat(1000));
        assert_eq!(readings(&nested), None);
        let tricks = "/a%252f..%252f;b//%5c".repeat(if cfg!(miri) { 10 } else { 3000 });
        assert_eq!(readings(&tricks), None);
    }
}
