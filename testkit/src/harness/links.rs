//! All links of a server, to compare before and after.

use std::collections::{BTreeMap, BTreeSet};

use redis::Value;

use super::client::Client;
use super::reply::{Fields, fields_of, items_of, text_of};

/// Returns every code of a full LINK.SCAN.
#[track_caller]
pub fn scan(client: &mut Client, options: &[&str]) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    let mut cursor = "0".to_owned();
    for _ in 0..1_000_000 {
        let mut command = vec!["LINK.SCAN", &cursor];
        command.extend_from_slice(options);
        let [next, page] = <[_; 2]>::try_from(client.items(&command)).expect("a cursor and codes");
        codes.extend(items_of(page).iter().map(text_of));
        cursor = text_of(&next);
        if cursor == "0" {
            return codes;
        }
    }
    panic!("LINK.SCAN does not come to an end");
}

/// Returns every link by its code, with the replies of LINK.INFO and LINK.STATS. Links that are
/// reclaimed during the scan are left out.
#[track_caller]
pub fn links(client: &mut Client) -> BTreeMap<String, Fields> {
    let codes: Vec<_> = scan(client, &["COUNT", "1000"]).into_iter().collect();
    let mut links = BTreeMap::new();
    for codes in codes.chunks(1000) {
        let commands: Vec<_> = codes
            .iter()
            .flat_map(|code| {
                [
                    vec!["LINK.INFO", code],
                    vec!["LINK.STATS", code, "BY", "HOUR"],
                    vec!["LINK.STATS", code, "BY", "REFERER"],
                ]
            })
            .collect();
        let replies = client.pipeline(&commands);
        for (code, replies) in codes.iter().zip(replies.chunks(3)) {
            let mut fields = Fields::new();
            for reply in replies {
                match reply {
                    Ok(Value::Nil) => {}
                    Ok(map) => fields.extend(fields_of(map.clone())),
                    Err(error) => panic!("{code}: {error}"),
                }
            }
            if !fields.is_empty() {
                links.insert(code.clone(), fields);
            }
        }
    }
    links
}
