//! Parses DUMP payloads and serializes them again with a valid checksum, so that mutated payloads
//! reach the decoder.

/// A part: the output of one call of SaveUnsigned, SaveSigned or SaveStringBuffer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    /// Opcode 1 (signed) or 2 (unsigned), and the value's bits.
    Number(u8, u64),
    Bytes(Vec<u8>),
}

/// A module's value, and the RDB version at the end of the payload.
#[derive(Clone, Debug)]
pub(crate) struct Dump {
    /// The payload without version and checksum.
    pub(crate) body: Vec<u8>,
    version: [u8; 2],
}

const TYPE_MODULE_2: u8 = 7;
const OPCODE_STRING: u64 = 5;

impl Dump {
    /// A payload is the body, a two-byte RDB version, and an eight-byte CRC of everything before
    /// it, both little endian.
    pub(crate) fn parse(payload: &[u8]) -> Dump {
        let (front, checksum) = payload.split_at(payload.len() - 8);
        assert_eq!(
            crc64(front).to_le_bytes(),
            checksum,
            "DUMP ends with the CRC-64 of what comes before"
        );
        let (body, version) = front.split_at(front.len() - 2);
        Dump {
            body: body.to_vec(),
            version: version.try_into().expect("two bytes"),
        }
    }

    /// Returns the payload with a valid checksum.
    pub(crate) fn payload(&self) -> Vec<u8> {
        let mut payload = self.body.clone();
        payload.extend_from_slice(&self.version);
        payload.extend_from_slice(&crc64(&payload).to_le_bytes());
        payload
    }

    /// Returns the module's type id with its encoding version, and the parts. Requires
    /// `rdbcompression no`.
    pub(crate) fn parts(&self) -> (u64, Vec<Part>) {
        let mut bytes = Reader(&self.body);
        assert_eq!(bytes.byte(), TYPE_MODULE_2, "a module's value");
        let id = bytes.length();
        let mut parts = Vec::new();
        loop {
            match bytes.length() {
                0 => break,
                opcode @ (1 | 2) => parts.push(Part::Number(opcode as u8, bytes.length())),
                OPCODE_STRING => parts.push(Part::Bytes(bytes.string())),
                other => panic!("opcode {other} is not expected"),
            }
        }
        assert!(bytes.0.is_empty(), "nothing follows the end");
        (id, parts)
    }

    /// Returns the value with other parts.
    pub(crate) fn with_parts(&self, id: u64, parts: &[Part]) -> Dump {
        let mut body = vec![TYPE_MODULE_2];
        put_length(&mut body, id);
        for part in parts {
            match part {
                Part::Number(opcode, value) => {
                    body.push(*opcode);
                    put_length(&mut body, *value);
                }
                Part::Bytes(bytes) => {
                    put_length(&mut body, OPCODE_STRING);
                    put_length(&mut body, bytes.len() as u64);
                    body.extend_from_slice(bytes);
                }
            }
        }
        body.push(0);
        Dump {
            body,
            version: self.version,
        }
    }
}

/// Encodes numbers and strings as the RDB format does.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, count: usize) -> &[u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    fn length(&mut self) -> u64 {
        let first = self.byte();
        match first {
            0..=0x3F => u64::from(first),
            0x40..=0x7F => u64::from(first & 0x3F) << 8 | u64::from(self.byte()),
            0x80 => u64::from(u32::from_be_bytes(
                self.take(4).try_into().expect("four bytes"),
            )),
            0x81 => u64::from_be_bytes(self.take(8).try_into().expect("eight bytes")),
            _ => panic!("not a plain length: {first:#x}"),
        }
    }

    fn string(&mut self) -> Vec<u8> {
        // The RDB encodes a short string that is an integer as an integer.
        let number = match self.0[0] {
            0xC0 => i32::from(i8::from_le_bytes([self.take(2)[1]])),
            0xC1 => i32::from(i16::from_le_bytes(
                self.take(3)[1..].try_into().expect("two bytes"),
            )),
            0xC2 => i32::from_le_bytes(self.take(5)[1..].try_into().expect("four bytes")),
            _ => {
                let length = self.length() as usize;
                return self.take(length).to_vec();
            }
        };
        number.to_string().into_bytes()
    }
}

fn put_length(bytes: &mut Vec<u8>, length: u64) {
    match length {
        0..=0x3F => bytes.push(length as u8),
        0x40..=0x3FFF => bytes.extend_from_slice(&(length as u16 | 0x4000).to_be_bytes()),
        _ => {
            bytes.push(0x81);
            bytes.extend_from_slice(&length.to_be_bytes());
        }
    }
}

/// Redis's checksum: CRC-64 "Jones", reflected, with initial value 0.
pub(crate) fn crc64(bytes: &[u8]) -> u64 {
    const POLYNOMIAL: u64 = 0x95AC_9329_AC4B_C9B5;
    let mut crc = 0_u64;
    for byte in bytes {
        crc ^= u64::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ POLYNOMIAL
            } else {
                crc >> 1
            };
        }
    }
    crc
}

#[test]
fn the_checksum_matches_the_servers_self_test() {
    assert_eq!(crc64(b"123456789"), 0xE9C6_D914_C4B8_D9CA);
}
