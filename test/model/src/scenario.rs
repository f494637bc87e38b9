//! A scenario of the model: which threads run, for how long, and which properties hold in every execution.

use crate::cell::{Cell, Life, Mutant, Stopped};
use loom::sync::Arc;
use loom::thread;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The threads of a run, and its bounds.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub slots: usize,
    pub generations: usize,
    /// The number of words of a payload.
    pub words: usize,
    pub readers: usize,
    /// The number of acquires that each reader makes, one after the other.
    pub acquires: usize,
    /// The number of steps after which the writer ends; without a number it never ends early.
    pub writer_stops: Option<usize>,
    /// The number of steps after which the first reader ends.
    pub reader_stops: Option<usize>,
    /// How often the scheduler may preempt threads; without a number there is no bound.
    pub preemptions: Option<usize>,
    pub mutant: Option<Mutant>,
}

/// The results of a run.
pub struct Explored {
    pub executions: u64,
    pub seconds: f64,
    /// Copies that readers verified, and tries that failed, in all executions together.
    pub copies: u64,
    pub lost: u64,
}

static EXECUTIONS: AtomicU64 = AtomicU64::new(0);
pub static COPIES: AtomicU64 = AtomicU64::new(0);
pub static LOST: AtomicU64 = AtomicU64::new(0);

/// Explores all executions of `program`. Panics if one of them breaks a property.
pub fn explore(preemptions: Option<usize>, program: impl Fn() + Send + Sync + 'static) -> Explored {
    let before = [&EXECUTIONS, &COPIES, &LOST].map(|count| count.load(Ordering::Relaxed));
    let begun = Instant::now();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.max_branches = 10_000;
    builder.check(move || {
        EXECUTIONS.fetch_add(1, Ordering::Relaxed);
        program();
    });
    let [executions, copies, lost] =
        [&EXECUTIONS, &COPIES, &LOST].map(|count| count.load(Ordering::Relaxed));
    Explored {
        executions: executions - before[0],
        seconds: begun.elapsed().as_secs_f64(),
        copies: copies - before[1],
        lost: lost - before[2],
    }
}

impl Scenario {
    /// Returns the steps of a writer that is not stopped: E, the region, each word, C, `GENERATION`.
    pub fn writer_steps(&self) -> usize {
        self.generations * (self.words + 4)
    }

    /// Returns the steps of one acquire that succeeds at once: `GENERATION`, L, the region, each word, P.
    pub fn reader_steps(&self) -> usize {
        self.words + 4
    }

    /// Explores all executions. Panics if one of them breaks a property.
    pub fn explore(&self) -> Explored {
        let scenario = self.clone();
        explore(self.preemptions, move || scenario.execute())
    }

    fn execute(&self) {
        let cell = Arc::new(Cell::new(self.slots, self.words, self.mutant));
        let readers: Vec<_> = (0..self.readers)
            .map(|reader| {
                let cell = Arc::clone(&cell);
                let scenario = self.clone();
                thread::spawn(move || {
                    let stops = if reader == 0 {
                        scenario.reader_stops
                    } else {
                        None
                    };
                    // The end of a reader affects no other thread.
                    let _: Result<(), Stopped> = scenario.read(&cell, &mut Life::new(stops));
                })
            })
            .collect();
        let mut life = Life::new(self.writer_stops);
        let mut published = 0;
        while published < self.generations && cell.publish(published + 1, &mut life).is_ok() {
            published += 1;
        }
        for reader in readers {
            reader.join().unwrap();
        }
        self.read_at_last(&cell, published);
    }

    /// Acquires several times, each time something newer than the previous copy.
    fn read(&self, cell: &Cell, life: &mut Life) -> Result<(), Stopped> {
        let mut adopted = 0;
        for _ in 0..self.acquires {
            let mut lost = 0;
            let copy = cell.acquire(adopted, life, &mut lost)?;
            LOST.fetch_add(lost as u64, Ordering::Relaxed);
            assert!(
                lost <= self.generations,
                "WAITS: {lost} tries for {} generations",
                self.generations
            );
            let Some(copy) = copy else { continue };
            COPIES.fetch_add(1, Ordering::Relaxed);
            assert!(
                copy.generation > adopted,
                "BACK: from {adopted} to {}",
                copy.generation
            );
            let is_whole = copy.region == cell.region_of(copy.generation)
                && copy.words.iter().all(|&word| word == copy.generation);
            assert!(
                is_whole,
                "TORN: generation {} is {:?} in region {}",
                copy.generation, copy.words, copy.region
            );
            adopted = copy.generation;
        }
        Ok(())
    }

    /// Reads after all threads are gone, the writer perhaps in mid-publication: the last generation must be readable.
    fn read_at_last(&self, cell: &Cell, published: usize) {
        if self.slots == 1 {
            return;
        }
        let Some(copy) = cell.acquire(0, &mut Life::new(None), &mut 0).unwrap() else {
            assert_eq!(
                published, 0,
                "WAITS: generation {published} is published, and cannot be read"
            );
            return;
        };
        assert_eq!(
            copy.generation, published,
            "BACK: another generation than the published one"
        );
        assert!(
            copy.words.iter().all(|&word| word == published),
            "TORN: generation {published} is {:?} at last",
            copy.words
        );
    }
}
