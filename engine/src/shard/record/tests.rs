use super::*;

fn full() -> Record<'static> {
    Record {
        origin: Origin::Alias,
        indexed: false,
        created: 1_790_000_000_000,
        updated: 1_780_000_000_000,
        expires: MAX_TIME,
        limit: u64::MAX,
        visits: MAX_COUNT,
        last_visit: 7,
        details: 0,
        note: b"note",
        url: UrlBytes::Plain(b"https://example.com/"),
    }
}

#[test]
fn a_record_comes_back_whatever_the_base() {
    for record in [
        full(),
        Record::new(Origin::Pool, b"http://a/", 5),
        Record {
            indexed: true,
            ..Record::new(Origin::Counter, b"http://a/", MAX_TIME)
        },
    ] {
        for base in [0, 1_790_000_000_123, MAX_TIME] {
            let mut out = Vec::new();
            record.encode(base, Encoding::Wire, &mut out);
            let mut reader = Reader::new(&out);
            assert_eq!(Record::decode(&mut reader, base, 0), Some(record));
            assert!(reader.is_empty());
            for cut in 0..out.len() {
                assert_eq!(
                    Record::decode(&mut Reader::new(&out[..cut]), base, 0),
                    None,
                    "cut at {cut}"
                );
            }
        }
    }
}

#[test]
fn a_record_with_a_field_of_a_later_version_is_refused() {
    let mut out = Vec::new();
    full().encode(0, Encoding::Wire, &mut out);
    assert_eq!(out[1], LIMIT | NOTE);
    for bit in (0..8).map(|shift| 1 << shift) {
        let mut later = out.clone();
        later[1] |= bit;
        let decoded = Record::decode(&mut Reader::new(&later), 0, 0);
        assert_eq!(decoded.is_some(), bit & (LIMIT | NOTE) != 0, "bit {bit}");
    }
}

#[test]
fn a_plain_link_costs_seven_bytes_beside_its_url() {
    let mut out = Vec::new();
    Record::new(Origin::Counter, b"http://a/", 1_790_000_100_000).encode(
        1_790_000_000_000,
        Encoding::Wire,
        &mut out,
    );
    assert_eq!(out.len(), 1 + 3 + 1 + 9);
}

#[test]
fn counting_happens_in_place_once_there_is_room() {
    let (mut plain, mut counted) = (Vec::new(), Vec::new());
    Record {
        visits: 0,
        last_visit: 0,
        ..full()
    }
    .encode(0, Encoding::Wire, &mut plain);
    full().encode(0, Encoding::Wire, &mut counted);
    assert!(!update_counts(&mut plain, 1, 1));
    assert!(update_counts(&mut counted, 41, 42));
    let record = Record::decode(&mut Reader::new(&counted), 0, 0).unwrap();
    assert_eq!(
        (record.visits, record.last_visit, record.note),
        (41, 42, &b"note"[..])
    );
}

#[test]
fn it_expires_from_the_very_millisecond_on() {
    let record = Record {
        expires: 100,
        ..Record::new(Origin::Counter, b"http://a/", 1)
    };
    assert_eq!(
        [99, 100, 101].map(|now| record.is_expired(now)),
        [false, true, true]
    );
    assert_eq!(
        [100, 149, 150].map(|now| record.is_reclaimable(now, 50)),
        [false, false, true]
    );
}
