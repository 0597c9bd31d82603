//! The URLs: from a file, or generated ones that resemble real ones. URL number n is always the
//! same, and all are distinct.

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use shorten_engine::code::base62::ALPHABET;
use shorten_engine::settings::Settings;

use crate::Result;
use crate::random::{Random, scatter};

/// The source of the URLs.
pub(crate) enum Urls {
    Made(Words),
    Given(Vec<String>),
}

impl Urls {
    pub(crate) fn made() -> Urls {
        Urls::Made(Words::new())
    }

    /// The distinct lines of a file that the module accepts.
    pub(crate) fn read(path: &Path) -> Result<Urls> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let settings = Settings::default();
        let mut seen = HashSet::new();
        let lines: Vec<String> = text
            .lines()
            .map(str::trim)
            .filter(|line| settings.url.check(line.as_bytes()).is_ok() && seen.insert(*line))
            .map(String::from)
            .collect();
        if lines.is_empty() {
            return Err(format!("{}: no line of it is a URL", path.display()).into());
        }
        Ok(Urls::Given(lines))
    }

    /// Writes URL number n. Beyond the end of a file its lines repeat, each with a different number
    /// appended.
    pub(crate) fn write(&self, n: u64, out: &mut Vec<u8>) {
        match self {
            Urls::Made(words) => words.write(n, out),
            Urls::Given(lines) => {
                let line = &lines[(n % lines.len() as u64) as usize];
                out.extend_from_slice(line.as_bytes());
                let round = n / lines.len() as u64;
                if round > 0 {
                    let joint = if line.contains('?') { '&' } else { '?' };
                    // Writing to a Vec cannot fail.
                    let _ = write!(out, "{joint}{round}");
                }
            }
        }
    }

    /// Returns the mean length of the first n URLs.
    pub(crate) fn mean_length(&self, n: u64) -> f64 {
        let (mut url, mut bytes, step) = (vec![], 0, (n / 100_000).max(1));
        for n in (0..n).step_by(step as usize) {
            url.clear();
            self.write(n, &mut url);
            bytes += url.len();
        }
        bytes as f64 / n.div_ceil(step) as f64
    }

    /// Returns a description for the report.
    pub(crate) fn describe(&self) -> String {
        match self {
            Urls::Made(_) => "generated".into(),
            Urls::Given(lines) => format!(
                "of a file with {} distinct ones, repeated with another number at the end when used up",
                lines.len()
            ),
        }
    }
}

/// The words that URLs are built from.
pub(crate) struct Words(Vec<&'static str>);

/// The format of the unique part of a URL.
enum Id {
    Decimal,
    Hex,
    Mixed,
}

impl Words {
    fn new() -> Words {
        Words(include_str!("words.txt").split_whitespace().collect())
    }

    fn write(&self, n: u64, out: &mut Vec<u8>) {
        let random = &mut Random::new(n);
        let begin = [
            "https://",
            "http://",
            "https://",
            "http://www.",
            "https://www.",
        ];
        put(out, random.pick(&begin));
        self.host(random, out);
        match random.below(10) {
            0 => id(n, &Id::Mixed, out),
            1 => self.item(n, random, out),
            2 | 3 => self.file(n, random, out),
            4 | 5 => self.post(n, random, out),
            6 => self.query(n, random, out),
            _ => self.page(n, random, out),
        }
    }

    fn item(&self, n: u64, random: &mut Random, out: &mut Vec<u8>) {
        put(out, random.pick(&["watch?v=", "item?id=", "p?"]));
        id(n, &Id::Mixed, out);
        put(out, "_");
        self.word(random, "", out);
    }

    fn file(&self, n: u64, random: &mut Random, out: &mut Vec<u8>) {
        let folders = ["images/", "wp-content/uploads/", "media/", "s1600/"];
        put(out, random.pick(&folders));
        id(n, &Id::Hex, out);
        put(out, "_");
        self.words(random, 2, 4, "-", out);
        put(out, random.pick(&[".jpg", ".png", ".jpg", ".gif", ".pdf"]));
    }

    fn post(&self, n: u64, random: &mut Random, out: &mut Vec<u8>) {
        let (year, month) = (2006 + random.below(19), 1 + random.below(12));
        put(out, &format!("{year}/{month:02}/"));
        self.words(random, 3, 6, "-", out);
        put(out, "-");
        id(n, &Id::Decimal, out);
        put(out, random.pick(&[".html", "/", "", ".htm"]));
    }

    fn query(&self, n: u64, random: &mut Random, out: &mut Vec<u8>) {
        put(
            out,
            random.pick(&["index.php?", "search?", "article.aspx?", "?"]),
        );
        self.word(random, "=", out);
        id(n, &Id::Decimal, out);
        put(out, "&");
        self.word(random, "=", out);
        self.words(random, 1, 2, "+", out);
    }

    fn page(&self, n: u64, random: &mut Random, out: &mut Vec<u8>) {
        self.words(random, 1, 3, "/", out);
        put(out, "/");
        id(n, &Id::Decimal, out);
        put(out, "/");
        let joint = random.pick(&["-", "_"]);
        self.words(random, 2, 6, joint, out);
        put(out, random.pick(&["", "/", ".html"]));
    }

    /// A few hosts have most of the URLs.
    fn host(&self, random: &mut Random, out: &mut Vec<u8>) {
        let most = [20, 400, 8_000, 160_000][random.below(4) as usize];
        let host = &mut Random::new(random.below(most) ^ 0x5eed);
        if host.below(4) == 0 {
            self.word(host, ".", out);
        }
        let joint = host.pick(&["", "", "-"]);
        self.words(host, 1, 2, joint, out);
        let ends = [
            ".com/", ".com/", ".com/", ".org/", ".net/", ".co.uk/", ".de/", ".io/",
        ];
        out.extend_from_slice(host.pick(&ends).as_bytes());
    }

    fn words(&self, random: &mut Random, least: u64, most: u64, joint: &str, out: &mut Vec<u8>) {
        for n in 0..random.between(least, most) {
            if n > 0 {
                out.extend_from_slice(joint.as_bytes());
            }
            self.word(random, "", out);
        }
    }

    fn word(&self, random: &mut Random, end: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(random.pick(&self.0).as_bytes());
        out.extend_from_slice(end.as_bytes());
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Returns a pseudo-random number that is unique to n.
fn id(n: u64, how: &Id, out: &mut Vec<u8>) {
    let (mut rest, base) = match how {
        Id::Decimal => (scatter(n, 30), 10),
        Id::Hex => (scatter(n, 44), 16),
        Id::Mixed => (scatter(n, 59), 62),
    };
    while rest > 0 {
        out.push(ALPHABET[(rest % base) as usize]);
        rest /= base;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_urls_are_distinct_and_accepted_by_the_module() {
        let (urls, settings) = (Urls::made(), Settings::default());
        let mut seen = HashSet::new();
        for n in 0..200_000 {
            let mut url = vec![];
            urls.write(n, &mut url);
            settings.url.check(&url).unwrap();
            assert!(seen.insert(url), "number {n} was there before");
        }
    }

    #[test]
    fn generated_urls_have_the_length_of_real_ones() {
        let mean = Urls::made().mean_length(100_000);
        assert!((63.0..67.0).contains(&mean), "{mean}");
    }

    #[test]
    fn lines_of_a_file_repeat_with_another_number() {
        let lines = ["https://a.example/", "https://b.example/?q=1"];
        let urls = Urls::Given(lines.map(String::from).into());
        let text = |n| {
            let mut url = vec![];
            urls.write(n, &mut url);
            String::from_utf8(url).unwrap()
        };
        assert_eq!(text(1), lines[1]);
        assert_eq!(text(2), "https://a.example/?1");
        assert_eq!(text(7), "https://b.example/?q=1&3");
    }
}
