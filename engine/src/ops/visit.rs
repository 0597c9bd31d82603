//! RESOLVE and VISIT: where a code leads.

use crate::code::Code;
use crate::effect::Effect;
use crate::engine::{Change, Engine, Store};
use crate::error::Error;
use crate::record::MAX_COUNT;

impl<S: Store> Engine<'_, S> {
    /// Hands `reply` the destination of a code, or none if it is malformed, unknown, expired or exhausted. Changes nothing.
    ///
    /// # Errors
    /// `WRONGTYPE` or `ERR` if the shard's key holds something else; `reply` is not called then.
    pub fn resolve<R>(
        &mut self,
        code: &[u8],
        reply: impl FnOnce(Option<&[u8]>) -> R,
    ) -> Result<R, Error> {
        let now = self.now;
        let Some(code) = Code::from_bytes(code) else {
            return Ok(reply(None));
        };
        let record = self.link(&code)?;
        Ok(reply(
            record
                .filter(|record| record.answers(now))
                .map(|record| record.url())
                .as_deref(),
        ))
    }

    /// As [`Engine::resolve`], and counts the visit. With a limit of n, the n-th visit is the last that gets the destination.
    ///
    /// # Errors
    /// As [`Engine::resolve`].
    pub fn visit<R>(
        &mut self,
        code: &[u8],
        reply: impl FnOnce(Option<&[u8]>) -> R,
    ) -> Result<R, Error> {
        let now = self.now;
        let Some(code) = Code::from_bytes(code) else {
            return Ok(reply(None));
        };
        let Some(shard) = self.store.existing_mut(code.slot())? else {
            return Ok(reply(None));
        };
        let Some(record) = shard.get(&code).filter(|record| record.answers(now)) else {
            return Ok(reply(None));
        };
        let visits = record.visits.saturating_add(1).min(MAX_COUNT);
        let exhausted = record.limit == visits;
        let answer = reply(Some(&record.url()));
        shard.links.recount(&code, visits, now);
        self.store.emit(
            code.slot(),
            &Effect::Visit {
                code,
                visits,
                last_visit: now,
            }
            .encode(),
        );
        if exhausted {
            self.store.changed(&code, Change::Exhausted);
        }
        Ok(answer)
    }
}
