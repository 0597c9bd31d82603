//! The slots of one cluster node, read from the reply of CLUSTER NODES.
//!
//! Source: the Redis documentation of CLUSTER NODES, "Serialization format".

use crate::code::slot::{SLOTS, Slot};

/// Number of words in the bit set of all slots.
const WORDS: usize = SLOTS as usize / 64;

/// The field of a line at which the slots begin.
const FIRST_SLOT_FIELD: usize = 8;

/// The slots of a master: the node's own, or those of its master if the node is a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSlots {
    /// One bit per slot.
    own: Box<[u64; WORDS]>,
    importing: Vec<Slot>,
    migrating: Vec<Slot>,
}

impl ClusterSlots {
    /// Reads the reply of CLUSTER NODES, one line per node: `id address flags master ping pong epoch
    /// link slot slot ...`. A slot is `n`, `n-m`, `[n-<-id]` (importing) or `[n->-id]` (migrating).
    ///
    /// The line with the flag `myself` is the node's. Anything that is malformed is skipped.
    #[must_use]
    pub fn parse(nodes: &str) -> Self {
        let lines: Vec<Vec<&str>> = nodes
            .lines()
            .map(|line| line.split(' ').collect())
            .collect();
        let myself = lines.iter().find(|line| has_flag(line, "myself"));
        let master = match myself {
            Some(line) if !has_flag(line, "master") => {
                let id = line.get(3);
                lines.iter().find(|line| line.first() == id)
            }
            other => other,
        };
        let mut slots = Self {
            own: Box::new([0; WORDS]),
            importing: Vec::new(),
            migrating: Vec::new(),
        };
        for field in master.into_iter().flatten().skip(FIRST_SLOT_FIELD) {
            slots.add(field);
        }
        slots
    }

    fn add(&mut self, field: &str) {
        if let Some(moving) = field.strip_prefix('[') {
            let slot_before = |arrow| {
                let (slot, _) = moving.split_once(arrow)?;
                slot.parse::<Slot>().ok()
            };
            self.importing.extend(slot_before("-<-"));
            self.migrating.extend(slot_before("->-"));
            return;
        }
        let (first, last) = field.split_once('-').unwrap_or((field, field));
        let (Ok(first), Ok(last)) = (first.parse::<Slot>(), last.parse::<Slot>()) else {
            return;
        };
        for slot in first..=last.min(SLOTS.saturating_sub(1)) {
            if let Some(word) = self.own.get_mut(usize::from(slot / 64)) {
                *word |= 1 << (slot % 64);
            }
        }
    }

    /// Returns whether the node owns a slot. Returns `false` if there is no such slot.
    #[must_use]
    pub fn owns(&self, slot: Slot) -> bool {
        let word = self.own.get(usize::from(slot / 64)).copied().unwrap_or(0);
        word & (1 << (slot % 64)) != 0
    }

    /// Returns the node's slots in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = Slot> + '_ {
        (0..SLOTS).filter(|&slot| self.owns(slot))
    }

    /// Returns whether the node owns a slot and is not migrating it to another node.
    #[must_use]
    pub fn is_stable(&self, slot: Slot) -> bool {
        self.owns(slot) && !self.migrating.contains(&slot)
    }

    /// Returns whether the node is importing a slot from another node.
    #[must_use]
    pub fn is_importing(&self, slot: Slot) -> bool {
        self.importing.contains(&slot)
    }
}

fn has_flag(line: &[&str], flag: &str) -> bool {
    line.get(2)
        .is_some_and(|flags| flags.split(',').any(|other| other == flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(nodes: &str) -> Vec<Slot> {
        ClusterSlots::parse(nodes).iter().collect()
    }

    /// As Redis 7.0 replies: a master that migrates and imports, its replica, and another master.
    const MASTER: &str = "\
07c37df 127.0.0.1:30004@31004,host4 slave e7d1eec 0 1426238317239 4 connected\n\
67ed2db 127.0.0.1:30002@31002,host2 master - 0 1426238316232 2 connected 5461-10922\n\
e7d1eec 127.0.0.1:30001@31001,host1 myself,master - 0 0 1 connected 0-2 5 64 16383 \
[5->-67ed2db] [5461-<-67ed2db]\n";

    #[test]
    fn a_master_owns_its_ranges_and_single_slots() {
        let slots = ClusterSlots::parse(MASTER);
        assert_eq!(slots.iter().collect::<Vec<_>>(), [0, 1, 2, 5, 64, 16_383]);
        assert!(slots.owns(64));
        assert!(!slots.owns(65));
    }

    #[test]
    fn a_migrating_slot_is_owned_and_not_stable() {
        let slots = ClusterSlots::parse(MASTER);
        assert!(slots.owns(5));
        assert!(!slots.is_stable(5));
        assert!(slots.is_stable(64));
        assert!(!slots.is_importing(5));
    }

    #[test]
    fn an_importing_slot_is_not_owned() {
        let slots = ClusterSlots::parse(MASTER);
        assert!(slots.is_importing(5461));
        assert!(!slots.owns(5461));
        assert!(!slots.is_stable(5461));
    }

    #[test]
    fn a_replica_has_the_slots_of_its_master() {
        let nodes = "a 1 myself,slave c 0 0 1 connected\n\
                     b 1 master - 0 0 1 connected 7\n\
                     c 1 master - 0 0 1 connected 8-9 [8->-b]\n";
        assert_eq!(own(nodes), [8, 9]);
        assert!(!ClusterSlots::parse(nodes).is_stable(8));
    }

    #[test]
    fn a_replica_of_an_unknown_master_has_no_slots() {
        assert!(own("a 1 myself,slave x 0 0 1 connected 1-5\n").is_empty());
        assert!(own("a 1 myself,slave - 0 0 1 connected 1-5\n").is_empty());
    }

    #[test]
    fn a_flag_counts_as_a_whole_word_only() {
        assert!(own("a 1 not-myself,master - 0 0 1 connected 1-5\n").is_empty());
        assert!(own("myself myself - myself 0 0 1 connected 1-5\n").is_empty());
    }

    #[test]
    fn malformed_slots_are_skipped_and_the_others_count() {
        let line = |slots: &str| format!("a 1 myself,master - 0 0 1 connected {slots}\n");
        for malformed in [
            "",
            "-",
            "--",
            "x",
            "1x",
            "-1",
            "1-",
            "-1-2",
            "1-2-3",
            "65536",
            "1-65536",
            "2-1",
            "[",
            "[]",
            "[-<-",
            "[x-<-b]",
            "[65536->-b]",
            "[-1->-b]",
            "\u{661}",
            "1.0",
            "0x1",
            "\0",
        ] {
            assert_eq!(own(&line(&format!("{malformed} 9"))), [9], "{malformed:?}");
        }
    }

    #[test]
    fn slots_beyond_the_last_are_never_owned() {
        let nodes = "a 1 myself,master - 0 0 1 connected 16382-65535 20000 16384\n";
        let slots = ClusterSlots::parse(nodes);
        assert_eq!(slots.iter().collect::<Vec<_>>(), [16_382, 16_383]);
        for slot in [16_384, 20_000, u16::MAX] {
            assert!(!slots.owns(slot), "{slot}");
            assert!(!slots.is_stable(slot), "{slot}");
        }
    }

    #[test]
    fn truncated_and_foreign_replies_give_no_slots() {
        for text in [
            "",
            "\n",
            " ",
            "\n\n \n",
            "ERR unknown",
            "a",
            "a b",
            "myself",
        ] {
            assert!(own(text).is_empty(), "{text:?}");
        }
        for end in 0..MASTER.len() {
            let slots = ClusterSlots::parse(&MASTER[..end]);
            assert!(slots.iter().all(|slot| slot < SLOTS), "{end}");
        }
    }
}
