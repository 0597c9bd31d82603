//! A steady load that checks every reply, and the checks of all links afterwards.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use shorten_testkit::cluster::{Cluster, Redirections, Router};
use shorten_testkit::{SOON, Seeded, fields_of, scan, shard_key, slot, text_of, wait_until};

/// Concurrent clients.
const CLIENTS: usize = 3;

/// Slots with far more links than others.
const HOT_SLOTS: usize = 50;

/// A link that SHORTEN created.
pub(crate) struct Made {
    pub(crate) url: String,
    pub(crate) code: String,
    /// Acknowledged visits.
    pub(crate) visits: i64,
    /// Whether WAIT reported that a replica has it.
    pub(crate) safe: bool,
}

/// Running clients.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    made: Arc<AtomicU64>,
    clients: Vec<JoinHandle<(Vec<Made>, Redirections)>>,
}

/// The outcome of a load.
pub(crate) struct Done {
    pub(crate) links: Vec<Made>,
    pub(crate) redirections: Redirections,
}

impl Load {
    /// Starts a load. With `waiting`, WAIT reports after each new link whether a replica has it.
    pub(crate) fn start(cluster: &Cluster, waiting: bool) -> Load {
        let (stop, made) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let clients = (0..CLIENTS).map(|client| {
            let mut worker = Worker {
                router: Router::new(cluster),
                random: Seeded::new(),
                name: client,
                waiting,
                links: Vec::new(),
            };
            let (stop, made) = (stop.clone(), made.clone());
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    worker.step();
                    made.store(worker.links.len() as u64, Ordering::Relaxed);
                }
                (worker.links, worker.router.redirections)
            })
        });
        let clients = clients.collect();
        Load {
            stop,
            made,
            clients,
        }
    }

    /// Waits until one client has created this many more links.
    #[track_caller]
    pub(crate) fn continues(&self, links: u64) {
        let before = self.made.load(Ordering::Relaxed);
        wait_until(
            "the load continues",
            SOON,
            || self.made.load(Ordering::Relaxed),
            |now| *now >= before + links || self.clients.iter().any(JoinHandle::is_finished),
        );
    }

    #[track_caller]
    pub(crate) fn end(self) -> Done {
        self.stop.store(true, Ordering::Relaxed);
        let mut done = Done {
            links: Vec::new(),
            redirections: Redirections::default(),
        };
        for client in self.clients {
            let (links, seen) = client.join().expect("every answer was right");
            done.links.extend(links);
            done.redirections.moved += seen.moved;
            done.redirections.asked += seen.asked;
            done.redirections.tried_again += seen.tried_again;
        }
        eprintln!("{} links, {:?}", done.links.len(), done.redirections);
        done
    }
}

struct Worker {
    router: Router,
    random: Seeded,
    name: usize,
    waiting: bool,
    links: Vec<Made>,
}

impl Worker {
    /// Makes a few calls, checks each reply, and pauses, because the servers need time for what the
    /// test does.
    fn step(&mut self) {
        self.shorten();
        for _ in 0..3 {
            let nth = self.random.below(self.links.len());
            let link = &mut self.links[nth];
            match self.random.below(4) {
                0 => {
                    let again = self.router.text(&["SHORTEN", &link.url]);
                    assert!(
                        !link.safe || again == link.code,
                        "{again} for {} of {}",
                        link.url,
                        link.code
                    );
                }
                1 => {
                    let seen = self.router.cmd(&["VISIT", &link.code]);
                    assert!(
                        !link.safe || text_of(&seen) == link.url,
                        "{} leads to {seen:?}",
                        link.code
                    );
                    link.visits += 1;
                }
                _ => {
                    let seen = self.router.cmd(&["RESOLVE", &link.code]);
                    assert!(
                        !link.safe || text_of(&seen) == link.url,
                        "{} leads to {seen:?}",
                        link.code
                    );
                }
            }
        }
        thread::sleep(Duration::from_millis(1));
    }

    fn shorten(&mut self) {
        // Half of all links are in the first few slots, so clients address migrating slots more
        // often.
        let n = self.links.len();
        let tag = match n % 2 {
            0 => shard_key((n / 2 % HOT_SLOTS) as u16).replace("shorten:", ""),
            _ => n.to_string(),
        };
        let url = format!("https://example.com/{}/{tag}/{n}", self.name);
        let strategy = ["COUNTER", "HASH", "POOL"][self.links.len() % 3];
        let code = self.router.text(&["SHORTEN", &url, "STRATEGY", strategy]);
        assert_eq!(slot(&code), slot(&url), "{code} lies where {url} lies");
        let safe = !self.waiting || self.router.replicas_that_have_it() > 0;
        self.links.push(Made {
            url,
            code,
            visits: 0,
            safe,
        });
    }
}

impl Done {
    /// Checks with a new client that no link is lost, duplicated or changed.
    #[track_caller]
    pub(crate) fn is_all_there(&self, cluster: &Cluster) {
        let mut router = Router::new(cluster);
        for link in &self.links {
            let info = fields_of(router.cmd(&["LINK.INFO", &link.code]));
            assert_eq!(text_of(&info["url"]), link.url, "{}", link.code);
            assert_eq!(
                text_of(&info["visits"]),
                link.visits.to_string(),
                "{}",
                link.code
            );
        }
        self.resolve_and_are_found(&mut router);
        let codes: BTreeSet<&str> = self.links.iter().map(|link| link.code.as_str()).collect();
        assert_eq!(codes.len(), self.links.len(), "no code was given twice");
        let seen = everything(cluster);
        assert!(
            seen.values().all(|times| *times == 1),
            "a link is on one node alone"
        );
        assert!(
            seen.keys().map(String::as_str).eq(codes),
            "the nodes have what was made"
        );
    }

    /// Checks that no link known to be on a replica is lost or changed, and that no code has two
    /// URLs.
    #[track_caller]
    pub(crate) fn is_there_if_safe(&self, cluster: &Cluster) {
        let safe: Vec<&Made> = self.links.iter().filter(|link| link.safe).collect();
        eprintln!(
            "{} of {} links were acknowledged by WAIT",
            safe.len(),
            self.links.len()
        );
        assert!(safe.len() > self.links.len() / 2, "WAIT reports replicas");
        let mut router = Router::new(cluster);
        let mut urls: HashMap<&str, &str> = HashMap::new();
        for link in &safe {
            let other = urls.insert(&link.code, &link.url);
            assert_eq!(other, None, "{} was given twice", link.code);
        }
        for link in &safe {
            assert_eq!(router.text(&["RESOLVE", &link.code]), link.url);
            assert_eq!(router.text(&["SHORTEN", &link.url]), link.code);
        }
        assert!(everything(cluster).values().all(|times| *times == 1));
    }

    fn resolve_and_are_found(&self, router: &mut Router) {
        for link in &self.links {
            assert_eq!(router.text(&["RESOLVE", &link.code]), link.url);
            assert_eq!(router.text(&["LINK.FIND", &link.url]), link.code);
            assert_eq!(router.text(&["SHORTEN", &link.url]), link.code);
        }
    }
}

/// Returns every code that a scan over all masters shows, and how often.
#[track_caller]
pub(crate) fn everything(cluster: &Cluster) -> BTreeMap<String, usize> {
    let mut seen = BTreeMap::new();
    let mut counted = 0;
    for master in cluster.current_masters() {
        let mut client = cluster.client(master);
        counted += client.int(&["LINK.COUNT"]);
        for code in scan(&mut client, &["COUNT", "1000"]) {
            *seen.entry(code).or_insert(0) += 1;
        }
    }
    assert_eq!(
        counted as usize,
        seen.len(),
        "LINK.COUNT agrees with LINK.SCAN"
    );
    seen
}
