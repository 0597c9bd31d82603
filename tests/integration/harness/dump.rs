//! DUMP payloads taken apart and put together again with a valid checksum, so that a forged one reaches the decoder.

/// The value's bytes, and the RDB version that a payload ends with.
#[derive(Clone, Debug)]
pub(crate) struct Dump {
    pub(crate) body: Vec<u8>,
    version: [u8; 2],
}

impl Dump {
    /// A payload is the body, two bytes of RDB version, and eight of CRC over all before it, both little endian.
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

    /// The payload of a body, its checksum right.
    pub(crate) fn payload(&self) -> Vec<u8> {
        let mut payload = self.body.clone();
        payload.extend_from_slice(&self.version);
        payload.extend_from_slice(&crc64(&payload).to_le_bytes());
        payload
    }
}

/// Redis's checksum: CRC-64 "Jones", reflected, from zero.
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
fn the_checksum_is_the_one_in_the_servers_own_self_test() {
    assert_eq!(crc64(b"123456789"), 0xE9C6_D914_C4B8_D9CA);
}
