//! Chunks of LINK.LOAD, for slots that the input selects, and then commands on what was loaded.
#![no_main]

mod database;

use database::Database;
use libfuzzer_sys::fuzz_target;
use shorten_engine::code::slot::SLOTS;

fuzz_target!(|data: &[u8]| {
    let mut database = Database::default();
    let mut rest = data;
    while let Some((&[low, high, first, second], body)) = rest.split_first_chunk::<4>() {
        let slot = u16::from_le_bytes([low, high]) % SLOTS;
        let length = usize::from(u16::from_le_bytes([first, second])).min(body.len());
        let (chunk, behind) = body.split_at(length);
        rest = behind;
        let before = database.digest();
        if database
            .with_engine(|engine| engine.load(slot, chunk))
            .is_err()
        {
            assert_eq!(database.digest(), before, "a refused chunk changes nothing");
        }
    }
    database.check();
});
