//! Writes small GeoIP files of the MaxMind DB format (<https://maxmind.github.io/MaxMind-DB/>).

use std::collections::HashMap;
use std::net::IpAddr;

/// A value in a record.
#[derive(Clone, Debug)]
pub enum Value {
    /// A UTF-8 string.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An unsigned 16-bit integer.
    U16(u16),
    /// An unsigned 32-bit integer.
    U32(u32),
    /// An unsigned 64-bit integer.
    U64(u64),
    /// A double.
    Double(f64),
    /// A boolean.
    Bool(bool),
    /// An array.
    List(Vec<Value>),
    /// A map, in this order.
    Map(Vec<(String, Value)>),
}

/// A map of texts, as the records of flat files are.
#[must_use]
pub fn flat(fields: &[(&str, &str)]) -> Value {
    map(fields.iter().map(|(key, text)| (*key, (*text).into())))
}

/// A map of these fields.
pub fn map<'a>(fields: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let fields = fields.into_iter();
    Value::Map(fields.map(|(key, value)| (key.into(), value)).collect())
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.into())
    }
}

/// Where one side of a node of the search tree leads.
#[derive(Clone, Copy, Debug)]
pub enum Branch {
    /// No record.
    Nowhere,
    /// The node of this number.
    Node(usize),
    /// The record at this offset of the data section.
    Data(usize),
    /// This number as it is, valid or not.
    Raw(u32),
}

/// A file under construction.
#[derive(Debug)]
pub struct Mmdb {
    bits: u32,
    record_size: u16,
    kind: String,
    built: u64,
    /// The search tree: the left and the right branch of each node. The first node is the root.
    pub nodes: Vec<[Branch; 2]>,
    data: Data,
}

impl Mmdb {
    /// A file for addresses of this IP version, 4 or 6 (which holds IPv4 addresses too), with 24,
    /// 28 or 32 bits a branch.
    #[must_use]
    pub fn new(ip_version: u8, record_size: u16) -> Mmdb {
        Mmdb {
            bits: if ip_version == 4 { 32 } else { 128 },
            record_size,
            kind: "Test-City".into(),
            built: 1_700_000_000,
            nodes: vec![[Branch::Nowhere; 2]],
            data: Data::default(),
        }
    }

    /// Sets its `database_type`.
    #[must_use]
    pub fn kind(mut self, kind: &str) -> Mmdb {
        self.kind = kind.into();
        self
    }

    /// Sets when it was built, in Unix seconds.
    #[must_use]
    pub fn built(mut self, seconds: u64) -> Mmdb {
        self.built = seconds;
        self
    }

    /// Gives a network such as `8.8.8.0/24` a record. Networks must not overlap.
    #[must_use]
    pub fn network(mut self, network: &str, record: &Value) -> Mmdb {
        let (address, prefix) = network.split_once('/').expect("a network");
        let prefix: u32 = prefix.parse().expect("a prefix length");
        let data = self.record(record);
        // The path from the root, beginning with the highest bit.
        let (path, length) = match address.parse().expect("an address") {
            IpAddr::V4(v4) if self.bits == 32 => (u128::from(u32::from(v4)) << 96, prefix),
            IpAddr::V4(v4) => (u128::from(u32::from(v4)), 96 + prefix),
            IpAddr::V6(v6) => (u128::from(v6), prefix),
        };
        let mut node = 0;
        for depth in 0..length {
            let side = (path >> (127 - depth) & 1) as usize;
            if depth + 1 == length {
                self.nodes[node][side] = data;
                break;
            }
            node = match self.nodes[node][side] {
                Branch::Node(next) => next,
                Branch::Nowhere => {
                    self.nodes.push([Branch::Nowhere; 2]);
                    let next = self.nodes.len() - 1;
                    self.nodes[node][side] = Branch::Node(next);
                    next
                }
                Branch::Data(_) | Branch::Raw(_) => panic!("{network} overlaps another network"),
            };
        }
        self
    }

    /// Adds a record that no network leads to yet.
    pub fn record(&mut self, record: &Value) -> Branch {
        let at = self.data.bytes.len();
        self.data.put(record);
        Branch::Data(at)
    }

    /// Adds bytes to the data section as they are.
    pub fn raw_record(&mut self, bytes: &[u8]) -> Branch {
        let at = self.data.bytes.len();
        self.data.bytes.extend_from_slice(bytes);
        Branch::Data(at)
    }

    /// The bytes of the file.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let mut file = Vec::new();
        for [left, right] in &self.nodes {
            self.put_node(self.number(*left), self.number(*right), &mut file);
        }
        file.extend_from_slice(&[0; 16]);
        file.extend_from_slice(&self.data.bytes);
        file.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
        let mut metadata = Data::default();
        metadata.put(&map([
            ("binary_format_major_version", Value::U16(2)),
            ("binary_format_minor_version", Value::U16(0)),
            ("build_epoch", Value::U64(self.built)),
            ("database_type", self.kind.as_str().into()),
            ("description", map([])),
            (
                "ip_version",
                Value::U16(if self.bits == 32 { 4 } else { 6 }),
            ),
            ("languages", Value::List(vec![])),
            ("node_count", Value::U32(self.nodes.len() as u32)),
            ("record_size", Value::U16(self.record_size)),
        ]));
        file.extend_from_slice(&metadata.bytes);
        file
    }

    fn number(&self, branch: Branch) -> u32 {
        match branch {
            Branch::Nowhere => self.nodes.len() as u32,
            Branch::Node(node) => node as u32,
            Branch::Data(at) => (self.nodes.len() + 16 + at) as u32,
            Branch::Raw(number) => number,
        }
    }

    fn put_node(&self, left: u32, right: u32, file: &mut Vec<u8>) {
        let (l, r) = (left.to_be_bytes(), right.to_be_bytes());
        match self.record_size {
            24 => file.extend_from_slice(&[l[1], l[2], l[3], r[1], r[2], r[3]]),
            28 => {
                file.extend_from_slice(&[l[1], l[2], l[3], l[0] << 4 | r[0], r[1], r[2], r[3]]);
            }
            _ => file.extend_from_slice(&[l, r].concat()),
        }
    }
}

/// A data section. Repeated texts are pointers, as in files of MaxMind's own writer.
#[derive(Debug, Default)]
struct Data {
    bytes: Vec<u8>,
    texts: HashMap<String, usize>,
}

impl Data {
    fn put(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.put_text(text),
            Value::Bytes(bytes) => self.put_scalar(4, bytes),
            Value::U16(number) => self.put_scalar(5, &number.to_be_bytes()),
            Value::U32(number) => self.put_scalar(6, &number.to_be_bytes()),
            Value::U64(number) => self.put_scalar(9, &number.to_be_bytes()),
            Value::Double(number) => self.put_scalar(3, &number.to_be_bytes()),
            Value::Bool(value) => self.header(14, usize::from(*value)),
            Value::List(values) => {
                self.header(11, values.len());
                for value in values {
                    self.put(value);
                }
            }
            Value::Map(fields) => {
                self.header(7, fields.len());
                for (key, value) in fields {
                    self.put_text(key);
                    self.put(value);
                }
            }
        }
    }

    fn put_scalar(&mut self, kind: u8, bytes: &[u8]) {
        self.header(kind, bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    fn put_text(&mut self, text: &str) {
        if let Some(&at) = self.texts.get(text) {
            return self.put_pointer(at);
        }
        self.texts.insert(text.into(), self.bytes.len());
        self.put_scalar(2, text.as_bytes());
    }

    fn put_pointer(&mut self, at: usize) {
        let at = at as u32;
        let (class, rest, used) = match at {
            0..0x800 => (0, at, 1),
            0x800..0x80800 => (1, at - 0x800, 2),
            0x80800..0x0808_0800 => (2, at - 0x80800, 3),
            _ => (3, at, 4),
        };
        let bytes = rest.to_be_bytes();
        let top = if used == 4 { 0 } else { bytes[3 - used] };
        self.bytes.push(1 << 5 | class << 3 | top);
        self.bytes.extend_from_slice(&bytes[4 - used..]);
    }

    /// Writes a type's number and a size, whose meaning depends on the type.
    fn header(&mut self, kind: u8, size: usize) {
        let (low, more): (u8, &[u8]) = match size {
            0..29 => (size as u8, &[]),
            29..285 => (29, &[(size - 29) as u8]),
            285..65_821 => (30, &((size - 285) as u16).to_be_bytes()),
            _ => (31, &((size - 65_821) as u32).to_be_bytes()[1..]),
        };
        if kind < 8 {
            self.bytes.push(kind << 5 | low);
        } else {
            self.bytes.extend_from_slice(&[low, kind - 7]);
        }
        self.bytes.extend_from_slice(more);
    }
}
