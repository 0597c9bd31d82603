//! The pool in a simulation. Its codes are random, so the model takes them from the engine's
//! replies.

use shorten_engine::code::Code;
use shorten_engine::error::Error;
use shorten_engine::settings::Strategy;

use super::{Simulation, same};
use crate::model::Text;
use crate::ops::Op;
use shorten_testkit::store::fill;

impl Simulation {
    pub(super) fn pool(&mut self, op: &Op) {
        let (size, settings) = (self.model.pool_size(), self.database.settings.clone());
        let wanted = self.database.engine().pool_info().unwrap().auto_refill;
        match op {
            Op::Fill(n) => {
                let room = settings.pool_max.saturating_sub(size);
                let expected = n.unwrap_or(room).min(room);
                assert_eq!(self.database.engine().pool_fill(*n), Ok(expected));
                self.model.strangers += expected;
                self.model.wanted |= expected > 0;
            }
            Op::Refill(batch) => {
                let added = self.database.engine().pool_refill(*batch).unwrap();
                assert!(added <= *batch && size + added <= settings.pool_max.max(size));
                assert!(wanted || added == 0, "nobody wants it");
                let low = wanted && size < settings.pool_min.min(settings.pool_max);
                assert!(!low || *batch == 0 || added > 0, "it refills itself");
                self.model.strangers += added;
                self.model.wanted |= added > 0;
            }
            Op::Take(n) => self.take(*n, settings.pool_max),
            Op::Reserved(count) => {
                let mut codes = self.database.reserved(*count);
                codes.sort();
                let taken = self.model.taken.iter();
                let taken: Vec<_> = taken
                    .map(|name| String::from_utf8(name.clone()).unwrap())
                    .collect();
                assert_eq!(codes, taken);
            }
            Op::Clear => assert_eq!(self.database.engine().pool_clear(), Ok(self.model.clear())),
            Op::Plant(which) => {
                let name = self.code(which);
                let held = self.model.links.contains_key(&name);
                if name.len() == 6 && !held && Code::parse(&name).is_ok_and(|code| code.is_short())
                {
                    let payload = fill(&[Code::parse(&name).unwrap()]);
                    self.database.engine().apply(0, &payload).unwrap();
                    self.database.store.effects.push((0, payload));
                    self.model.plant(&name);
                }
            }
            _ => {}
        }
        self.compare_pools();
    }

    fn compare_pools(&mut self) {
        let info = self.database.engine().pool_info().unwrap();
        assert_eq!(
            (info.size, info.reserved),
            (self.model.pool_size(), self.model.taken.len() as u64)
        );
        assert_eq!(
            info.auto_refill,
            self.model.wanted || self.database.settings.strategy == Strategy::Pool
        );
    }

    /// Returns whether the command was refused.
    pub(super) fn release(&mut self, names: &[Text]) -> bool {
        let got = self
            .database
            .engine()
            .pool_release(names.iter().map(Vec::as_slice));
        let refused = got.is_err();
        same(got, self.model.release(names));
        self.compare_pools();
        refused
    }

    fn take(&mut self, n: u64, pool_max: u64) {
        let before = self.model.pool_size();
        match self.database.engine().pool_take(n) {
            Ok(codes) => {
                let expected = if pool_max == 0 { n.min(before) } else { n };
                assert_eq!(codes.len() as u64, expected);
                for code in codes {
                    let name = code.as_bytes().to_vec();
                    self.model.drawn(&name);
                    self.model.taken.insert(name);
                    self.model.wanted = true;
                }
            }
            Err(error) => {
                assert!(error == Error::PoolEmpty && pool_max == 0 && before == 0 && n > 0)
            }
        }
    }
}
