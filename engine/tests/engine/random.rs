//! Random sequences of all operations. The engine must reply as the model does. A replica that only
//! receives the effects, with other settings and another clock, must end up equal to its master.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::ops::{Op, op};
use crate::simulation::Simulation;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 3 } else { cases },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn the_engine_does_what_the_model_does_and_a_replica_ends_the_same(
        ops in vec(op(), 1..if cfg!(miri) { 12 } else { 80 }),
        strategy in prop::sample::select(vec!["counter", "hash", "pool"]),
        start in prop::sample::select(vec!["0", "1000", "916132832", "218340105584892"]),
        pool in prop::sample::select(vec![("0", "0"), ("2", "5"), ("5", "5")]),
        retention in prop::sample::select(vec!["0", "3"]),
    ) {
        let settings = [("strategy", strategy), ("counter-start", start), ("pool-min", pool.0), ("pool-max", pool.1), ("expired-retention", retention)];
        let mut simulation = Simulation::new(&settings);
        ops.iter().for_each(|op| simulation.step(op));
        simulation.finish();
    }
}

proptest! {
    // The model finds aligned codes by trial, which takes long.
    #![proptest_config(config(24))]

    // Under Miri, a table of 238,328 suffixes takes hours.
    #[cfg_attr(miri, ignore)]
    #[test]
    fn in_a_cluster_one_command_touches_one_slot_and_codes_lie_with_their_urls(
        before in vec(op(), 0..if cfg!(miri) { 3 } else { 20 }),
        after in vec(op(), 1..if cfg!(miri) { 3 } else { 40 }),
        strategy in prop::sample::select(vec!["counter", "counter", "hash", "pool"]),
    ) {
        // The pool of a node is the sum of its slots' pools. The model has one pool.
        let pooled = |op: &&Op| matches!(op, Op::Fill(_) | Op::Take(_) | Op::Release(..) | Op::Reserved(_) | Op::Refill(_) | Op::Clear | Op::Plant(_));
        let mut simulation = Simulation::new(&[("strategy", strategy)]);
        before.iter().filter(|op| !pooled(op)).for_each(|op| simulation.step(op));
        simulation.join();
        after.iter().filter(|op| !pooled(op)).for_each(|op| simulation.step(op));
        simulation.finish();
    }
}
