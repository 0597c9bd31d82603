use super::*;
use crate::shard::record::Origin;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn code(number: u64) -> Code {
    if number.is_multiple_of(7) {
        Code::parse(format!("a-long-alias-{number}").as_bytes()).unwrap()
    } else {
        Code::from_id(number).unwrap()
    }
}

#[track_caller]
fn check(links: &Links, model: &BTreeMap<u64, (Code, u64, u64)>) {
    let held: Vec<_> = links
        .iter_from(0)
        .map(|(rank, code, record)| (rank, (code, record.expires, record.visits)))
        .collect();
    assert!(
        held.iter()
            .copied()
            .eq(model.iter().map(|(&rank, &link)| (rank, link)))
    );
    assert_eq!(links.len(), model.len());
    assert_eq!(
        links.expiring(),
        model.values().filter(|link| link.1 != 0).count()
    );
    assert_eq!(
        links.heap,
        links.pages.iter().map(Page::heap_size).sum::<usize>()
    );
    assert!(
        model
            .values()
            .all(|link| link.1 == 0 || link.1 >= links.earliest_expiry())
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 1 } else { 24 }, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn links_behave_as_a_map_through_splits_and_merges(seed in any::<u64>(), spread in 100_u64..6000, steps in 0_u64..if cfg!(miri) { 40 } else { 12_000 }, url in 20_usize..200) {
        let (mut links, mut model) = (Links::default(), BTreeMap::<u64, (Code, u64, u64)>::new());
        let mut state = seed;
        for step in 0..steps {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let code = code((state >> 24) % spread);
            // From the middle on the map shrinks as fast as it grew.
            let shrinks = if step < steps / 2 { state >> 62 == 0 } else { state >> 62 != 0 };
            let expires = if (state >> 8).is_multiple_of(3) { 1 + (state >> 40) } else { 0 };
            if shrinks {
                prop_assert_eq!(links.remove(&code).is_some(), model.remove(&code.rank()).is_some());
            } else if let Some(link) = model.get_mut(&code.rank()).filter(|_| (state >> 16).is_multiple_of(2)) {
                link.2 += 1;
                let location = links.locate(&code).unwrap().1;
                if !links.update_counts(location, link.2, step) {
                    links.add_counts(&code, (link.2, step), 0);
                }
            } else {
                let url = vec![b'a'; url];
                let _ = links.put(&code, &Record { expires, ..Record::new(Origin::Alias, &url, 1_790_000_000_000 + step) });
                model.insert(code.rank(), (code, expires, 0));
            }
        }
        check(&links, &model);
        for (code, ..) in model.values() {
            prop_assert!(links.get(code).is_some() && links.remove(code).is_some());
        }
        prop_assert!(links.len() == 0 && links.heap_size() == 0);
    }
}

#[test]
fn rising_numbers_leave_full_pages_behind() {
    let mut links = Links::default();
    let most = if cfg!(miri) { 600 } else { 5_000 };
    for number in 0..most {
        let _ = links.put(
            &Code::from_id(number).unwrap(),
            &Record::new(Origin::Counter, b"https://example.com/", number),
        );
    }
    assert_eq!(links.pages.len() as u64, most.div_ceil(512));
}

#[test]
fn expired_links_are_found_up_to_the_limit() {
    let mut links = Links::default();
    for number in 0..2_000_u64 {
        let record = Record {
            expires: 1 + number,
            ..Record::new(Origin::Counter, b"https://example.com/", 0)
        };
        let _ = links.put(&Code::from_id(number).unwrap(), &record);
    }
    assert_eq!(links.expired(1_000, 0, 5_000).len(), 1_000);
    assert_eq!(links.expired(1_000, 400, 5_000).len(), 600);
    assert_eq!(links.expired(1_000, 0, 10).len(), 10);
    assert!(links.expired(0, 0, 10).is_empty());
}
