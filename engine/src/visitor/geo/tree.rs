//! The search tree of a MaxMind DB file, for visiting every record once.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use maxminddb::Reader;

/// A search tree as the metadata describe it: nodes with two branches. A branch below the number of
/// nodes leads to that node, a branch equal to it leads nowhere, a branch above it leads to a
/// record.
pub(super) struct Tree<'a> {
    bytes: &'a [u8],
    /// Number of nodes.
    nodes: usize,
    /// Bytes of a node.
    node_size: usize,
    /// Bits of an address: 32 or 128.
    bits: u8,
}

/// A node, and the path that led to it, as the first bits of an address.
struct TreeNode {
    node: usize,
    depth: u8,
    path: u128,
}

impl<'a> Tree<'a> {
    /// Returns the tree of a file. The reader has checked that it is within the file.
    pub(super) fn of(reader: &Reader<&[u8]>, bytes: &'a [u8]) -> Tree<'a> {
        let metadata = reader.metadata();
        Tree {
            bytes,
            nodes: usize::try_from(metadata.node_count).unwrap_or(usize::MAX),
            node_size: usize::from(metadata.record_size / 4),
            bits: if metadata.ip_version == 4 { 32 } else { 128 },
        }
    }

    /// Calls `visit` for every record once, with an address that leads to it. Returns the number of
    /// records. Every node is visited once, however its branches are connected.
    ///
    /// # Errors
    /// What is wrong with the tree, or what `visit` reports about a record.
    pub(super) fn each_record(
        &self,
        mut visit: impl FnMut(IpAddr) -> Result<(), String>,
    ) -> Result<usize, String> {
        let mut seen_nodes = Bits::up_to(self.nodes);
        let mut seen_records = Bits::up_to(self.bytes.len());
        let mut records = 0_usize;
        let mut left = vec![TreeNode {
            node: 0,
            depth: 0,
            path: 0,
        }];
        seen_nodes.add(0);
        while let Some(TreeNode { node, depth, path }) = left.pop() {
            let [zero, one] = self
                .branches(node)
                .ok_or("the search tree extends beyond the file")?;
            let depth = depth.saturating_add(1);
            let last_bit = 1_u128.wrapping_shl(u32::from(128_u8.saturating_sub(depth)));
            for (branch, path) in [(one, path | last_bit), (zero, path)] {
                let Some(record) = branch.checked_sub(self.nodes) else {
                    if depth >= self.bits {
                        return Err("the search tree is deeper than the address length".into());
                    }
                    if seen_nodes.add(branch) {
                        left.push(TreeNode {
                            node: branch,
                            depth,
                            path,
                        });
                    }
                    continue;
                };
                // The reader refuses a record beyond the file.
                if record > 0 && (record >= self.bytes.len() || seen_records.add(record)) {
                    visit(self.address(path))?;
                    records = records.saturating_add(1);
                }
            }
        }
        Ok(records)
    }

    /// Returns where the two branches of a node lead.
    fn branches(&self, node: usize) -> Option<[usize; 2]> {
        let start = node.checked_mul(self.node_size)?;
        let bytes = self.bytes.get(start..)?.get(..self.node_size)?;
        let branches = match *bytes {
            [a, b, c, d, e, f] => [[0, a, b, c], [0, d, e, f]],
            // The byte in the middle has the highest four bits of both.
            [a, b, c, both, d, e, f] => [[both >> 4, a, b, c], [both & 15, d, e, f]],
            [a, b, c, d, e, f, g, h] => [[a, b, c, d], [e, f, g, h]],
            _ => return None,
        };
        Some(branches.map(|bytes| u32::from_be_bytes(bytes) as usize))
    }

    fn address(&self, path: u128) -> IpAddr {
        if self.bits == 32 {
            let [a, b, c, d, ..] = path.to_be_bytes();
            Ipv4Addr::new(a, b, c, d).into()
        } else {
            Ipv6Addr::from(path).into()
        }
    }
}

/// A set of numbers below a limit.
struct Bits(Vec<u64>);

impl Bits {
    fn up_to(limit: usize) -> Bits {
        Bits(vec![0; (limit / 64).saturating_add(1)])
    }

    /// Adds a number. Returns whether it is new.
    fn add(&mut self, number: usize) -> bool {
        let bit = 1_u64 << (number % 64);
        let Some(word) = self.0.get_mut(number / 64) else {
            return false;
        };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}
