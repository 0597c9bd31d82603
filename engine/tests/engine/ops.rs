//! The operations of the random sequences, over few codes and URLs, so that they interact.

use proptest::option::of;
use proptest::prelude::*;
use shorten_engine::settings::Strategy as Making;
use shorten_engine::{Condition, Expiry, Ttl};

use shorten_testkit::store::{NOON, URLS};

/// Codes, some of them malformed. The first six are ones that a counter reaches in some
/// configuration.
pub(crate) const NAMES: &[&str] = &[
    "g8",
    "g9",
    "ga",
    "100000",
    "100001",
    "ZZZZZZZY",
    "0",
    "01",
    "a-b",
    "an-alias-longer-than-eight",
    "abcdef",
    "",
    "a b",
];

/// Which code an operation is about.
#[derive(Clone, Debug)]
pub(crate) enum Which {
    Named(usize),
    /// One that a link has.
    Held(prop::sample::Index),
    /// One that TAKE returned.
    Taken(prop::sample::Index),
    /// The counter's next one, or one soon after it.
    Next(u64),
    /// The hash strategy's code for a URL in a round.
    Hash(usize, u64),
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    ShortenRequest {
        url: usize,
        alias: Option<Which>,
        strategy: Option<Making>,
        own: Own,
    },
    Set {
        code: Which,
        url: usize,
        condition: Option<Condition>,
        ttl: Ttl,
        max_visits: Option<u64>,
        note: Option<usize>,
        created: Option<u64>,
        visits: Option<u64>,
    },
    Delete(Which),
    Expire(Which, i64),
    Persist(Which),
    Visit(Which),
    Look(Which),
    Find(usize),
    Fill(Option<u64>),
    Take(u64),
    Release(Which, Which),
    Reserved(usize),
    Refill(u64),
    Clear,
    /// An effect from elsewhere puts this code into the pool.
    Plant(Which),
    Reclaim(Which, usize),
    Advance(u64),
    Scan(usize),
    Count,
    Restart,
    Defragment,
    /// A shard's key is deleted.
    Lose(Which),
    LoseFirst,
}

/// Options that need a link of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    pub(crate) new: bool,
    pub(crate) expiry: Option<Expiry>,
    pub(crate) max_visits: Option<u64>,
    pub(crate) note: Option<usize>,
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![
        3 => (0..NAMES.len()).prop_map(Which::Named),
        4 => any::<prop::sample::Index>().prop_map(Which::Held),
        1 => any::<prop::sample::Index>().prop_map(Which::Taken),
        2 => (0..3_u64).prop_map(Which::Next),
        1 => (0..URLS.len(), 0..2_u64).prop_map(|(url, round)| Which::Hash(url, round)),
    ]
}

fn taken() -> impl Strategy<Value = Which> {
    any::<prop::sample::Index>().prop_map(Which::Taken)
}

fn expiry() -> impl Strategy<Value = Expiry> {
    let millis = NOON.cast_signed();
    prop_oneof![
        3 => (1..10_i64).prop_map(Expiry::InSeconds),
        3 => (1..9000_i64).prop_map(Expiry::InMillis),
        2 => (millis..millis + 30_000).prop_map(Expiry::AtMillis),
        2 => (millis / 1000..millis / 1000 + 30).prop_map(Expiry::AtSeconds),
        1 => prop_oneof![Just(0), Just(-1), any::<i64>()].prop_map(Expiry::InSeconds),
        1 => any::<i64>().prop_map(Expiry::AtMillis),
        1 => any::<i64>().prop_map(Expiry::InMillis),
    ]
}

fn own() -> impl Strategy<Value = Own> {
    let some = (any::<bool>(), of(expiry()), of(0..4_u64), of(0..3_usize)).prop_map(
        |(new, expiry, max_visits, note)| Own {
            new,
            expiry,
            max_visits,
            note,
        },
    );
    prop_oneof![3 => Just(Own::default()), 1 => Just(Own { new: true, ..Own::default() }), 2 => some]
}

fn making() -> impl Strategy<Value = Making> {
    prop::sample::select(Making::ALL.to_vec())
}

fn shorten() -> impl Strategy<Value = Op> {
    let alias = prop_oneof![3 => Just(None), 1 => which().prop_map(Some)];
    (0..URLS.len(), alias, of(making()), own()).prop_map(|(url, alias, strategy, own)| {
        Op::ShortenRequest {
            url,
            alias,
            strategy,
            own,
        }
    })
}

fn set() -> impl Strategy<Value = Op> {
    let condition = prop_oneof![3 => Just(None), 1 => Just(Some(Condition::Nx)), 1 => Just(Some(Condition::Xx))];
    let ttl =
        prop_oneof![2 => Just(Ttl::Drop), 1 => Just(Ttl::Keep), 1 => expiry().prop_map(Ttl::Set)];
    let created = of(prop_oneof![0..NOON, any::<u64>()]);
    let visits = of(prop_oneof![0..4_u64, Just((1 << 48) - 1), any::<u64>()]);
    (
        which(),
        0..URLS.len(),
        condition,
        ttl,
        of(0..4_u64),
        of(0..3_usize),
        created,
        visits,
    )
        .prop_map(
            |(code, url, condition, ttl, max_visits, note, created, visits)| Op::Set {
                code,
                url,
                condition,
                ttl,
                max_visits,
                note,
                created,
                visits,
            },
        )
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => shorten(),
        4 => set(),
        2 => which().prop_map(Op::Delete),
        2 => (which(), prop_oneof![-1..6_i64, any::<i64>()]).prop_map(|(code, seconds)| Op::Expire(code, seconds)),
        1 => which().prop_map(Op::Persist),
        4 => which().prop_map(Op::Visit),
        3 => which().prop_map(Op::Look),
        1 => (0..URLS.len()).prop_map(Op::Find),
        1 => of(0..6_u64).prop_map(Op::Fill),
        1 => (0..4_u64).prop_map(Op::Take),
        1 => (taken(), prop_oneof![taken(), which()]).prop_map(|(one, other)| Op::Release(one, other)),
        1 => (1..3_usize).prop_map(Op::Reserved),
        1 => (0..8_u64).prop_map(Op::Refill),
        1 => Just(Op::Clear),
        2 => which().prop_map(Op::Plant),
        2 => (which(), 0..3_usize).prop_map(|(code, budget)| Op::Reclaim(code, budget)),
        2 => (0..6000_u64).prop_map(Op::Advance),
        1 => (1..5_usize).prop_map(Op::Scan),
        1 => Just(Op::Count),
        1 => Just(Op::Restart),
        1 => Just(Op::Defragment),
        1 => which().prop_map(Op::Lose),
        1 => Just(Op::LoseFirst),
    ]
}
