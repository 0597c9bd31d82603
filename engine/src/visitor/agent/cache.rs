//! The cache of parsed user agents.
//!
//! It has two generations. New user agents, and those that are used again, are in the recent one.
//! When that is full, it becomes the previous one, whose user agents are dropped. So user agents
//! that are used from time to time stay, without any bookkeeping.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, OnceLock};

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::agent::Agent;
use super::anonymize::AnonymizedAgent;

/// Maximum number of user agents of a generation. One takes at most 430 bytes, and as much again
/// once its anonymized form is used. There are two generations.
pub(super) const GENERATION: usize = 2048;

/// A user agent's keyed hash. The secret key is random, so clients cannot make two user agents with
/// the same hash, and an accidental collision of 128 bits is not expected. So the user agent itself
/// is not stored.
pub(super) type Key = u128;

type Generation = HashMap<Key, Arc<KnownAgent>, BuildHasherDefault<Lower>>;

/// An agent, and its anonymized form, which is built on first use.
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
    /// Returns the key of a user agent's bytes. Whether they are complete is part of it, because it
    /// affects parsing.
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

/// Uses a key's lower half as its hash, because the key is a hash already.
#[derive(Default)]
struct Lower(u64);

impl Hasher for Lower {
    fn finish(&self) -> u64 {
        self.0
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "only the lower half is used"
    )]
    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }

    fn write(&mut self, bytes: &[u8]) {
        // Keys are u128. Other data is hashed too, if weakly.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
}
