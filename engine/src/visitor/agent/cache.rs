//! User agents told last.
//!
//! Two generations: new ones and those asked for again are recent. When the recent are full, they become the previous, and the previous are
//! forgotten. So whatever is asked for now and then stays, and no bookkeeping is needed for it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, OnceLock};

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::agent::Agent;
use super::anonymize::AnonymizedAgent;

/// User agents in one generation. One takes at most 430 bytes with its place here, and there are two generations.
pub(super) const GENERATION: usize = 2048;

/// A user agent's keyed hash. The secret key is drawn at start: nobody can make two user agents that share one, and by accident it does
/// not happen in 128 bits. So the user agent itself need not be kept.
pub(super) type Key = u128;

type Generation = HashMap<Key, Arc<KnownAgent>, BuildHasherDefault<Lower>>;

/// An agent, and its anonymized form once that was asked for.
#[derive(Debug)]
pub(super) struct KnownAgent {
    pub(super) agent: Arc<Agent>,
    anonymized: OnceLock<AnonymizedAgent>,
}

impl KnownAgent {
    pub(super) fn new(agent: Arc<Agent>) -> Self {
        Self {
            agent,
            anonymized: OnceLock::new(),
        }
    }

    pub(super) fn anonymized(&self) -> &AnonymizedAgent {
        self.anonymized
            .get_or_init(|| AnonymizedAgent::of(&self.agent))
    }
}

pub(super) struct AgentCache {
    secret: [u8; 16],
    recent: Generation,
    previous: Generation,
}

impl Default for AgentCache {
    fn default() -> Self {
        Self {
            secret: rand::random(),
            recent: Generation::default(),
            previous: Generation::default(),
        }
    }
}

impl AgentCache {
    /// Of a user agent's bytes and whether those are all of it: that makes a difference to what is told.
    pub(super) fn key(&self, bytes: &[u8], whole: bool) -> Key {
        let mut hasher = SipHasher13::new_with_key(&self.secret);
        hasher.write(bytes);
        hasher.write_u8(u8::from(whole));
        hasher.finish128().as_u128()
    }

    pub(super) fn get(&mut self, key: Key) -> Option<Arc<KnownAgent>> {
        if let Some(agent) = self.recent.get(&key) {
            return Some(Arc::clone(agent));
        }
        let agent = self.previous.remove(&key)?;
        self.put(key, Arc::clone(&agent));
        Some(agent)
    }

    pub(super) fn put(&mut self, key: Key, agent: Arc<KnownAgent>) {
        if self.recent.len() >= GENERATION {
            std::mem::swap(&mut self.recent, &mut self.previous);
            self.recent.clear();
        }
        self.recent.insert(key, agent);
    }

    pub(super) fn clear(&mut self) {
        self.recent.clear();
        self.previous.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.recent.len().saturating_add(self.previous.len())
    }
}

/// Takes a key's lower half for its hash: the key is a hash already.
#[derive(Default)]
struct Lower(u64);

impl Hasher for Lower {
    fn finish(&self) -> u64 {
        self.0
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }

    fn write(&mut self, bytes: &[u8]) {
        // Keys are u128; whatever else should come is still hashed, if badly.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
}
