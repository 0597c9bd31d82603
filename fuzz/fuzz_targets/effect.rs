//! Payloads of LINK.APPLY, for slots that the input selects.
#![no_main]

mod database;

use database::Database;
use libfuzzer_sys::fuzz_target;
use shorten_engine::code::slot::SLOTS;

fuzz_target!(|data: &[u8]| {
    let mut database = Database::default();
    let mut rest = data;
    while let Some((&[low, high, length], body)) = rest.split_first_chunk::<3>() {
        let slot = u16::from_le_bytes([low, high]) % SLOTS;
        let (payload, behind) = body.split_at(usize::from(length).min(body.len()));
        rest = behind;
        let before = database.digest();
        let applied = database.with_engine(|engine| engine.apply(slot, payload));
        let once = database.digest();
        if applied.is_err() {
            assert_eq!(once, before, "a refused effect changes nothing");
            continue;
        }
        let again = database.with_engine(|engine| engine.apply(slot, payload));
        assert!(again.is_ok(), "an effect can be applied again");
        assert_eq!(
            database.digest(),
            once,
            "an effect applied again changes nothing"
        );
    }
    database.check();
});
