//! User agents told last.
//!
//! Two generations: new ones and those asked for again are young. When the young are full, they become the old, and the old are
//! forgotten. So whatever is asked for now and then stays, and no bookkeeping is needed for it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::agent::Agent;

/// User agents in one generation. One takes at most 430 bytes with its place here, and there are two generations.
pub(super) const GENERATION: usize = 2048;

/// A user agent's keyed hash. The secret key is drawn at start: nobody can make two user agents that share one, and by accident it does
/// not happen in 128 bits. So the user agent itself need not be kept.
pub(super) type Key = u128;

type Generation = HashMap<Key, Arc<Agent>, BuildHasherDefault<Lower>>;

pub(super) struct Memo {
    secret: [u8; 16],
    young: Generation,
    old: Generation,
}

impl Default for Memo {
    fn default() -> Self {
        Self {
            secret: rand::random(),
            young: Generation::default(),
            old: Generation::default(),
        }
    }
}

impl Memo {
    /// Of a user agent's bytes and whether those are all of it: that makes a difference to what is told.
    pub(super) fn key(&self, bytes: &[u8], whole: bool) -> Key {
        let mut hasher = SipHasher13::new_with_key(&self.secret);
        hasher.write(bytes);
        hasher.write_u8(u8::from(whole));
        hasher.finish128().as_u128()
    }

    pub(super) fn get(&mut self, key: Key) -> Option<Arc<Agent>> {
        if let Some(agent) = self.young.get(&key) {
            return Some(Arc::clone(agent));
        }
        let agent = self.old.remove(&key)?;
        self.put(key, Arc::clone(&agent));
        Some(agent)
    }

    pub(super) fn put(&mut self, key: Key, agent: Arc<Agent>) {
        if self.young.len() >= GENERATION {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(key, agent);
    }

    pub(super) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.young.len().saturating_add(self.old.len())
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
