//! The generation that users see, over the cell: which number a thread reports for the content that it reads. The writer
//! is `workers/poll/poller.ts` with the sink of `workers/watcher.ts`, the reader is `src/view/adoption.ts`; the proof is in
//! docs/memory-model.md.
//!
//! `cell.rs` calls its own count of publications `generation`. Here, a number is that of a reload. A reload that changes
//! no option publishes no content, and moves only the word DESCRIBED. So each content carries its own number: that of the
//! reload which first published it.

use crate::cell::{Cell, Life, Stopped};
use crate::scenario::{COPIES, Explored, LOST, explore};
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use loom::thread;

/// What the watcher does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A reload that changes an option.
    Changed,
    /// A reload that changes none.
    Unchanged,
    /// The content is published again, because other code has overwritten it. It keeps its own number.
    Again,
}

/// A fault injected into the order of steps, to show that the model finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mutant {
    /// The reader reads `GENERATION` before DESCRIBED.
    GenerationFirst,
    /// The watcher stores DESCRIBED before it publishes the content.
    DescribeFirst,
    /// The watcher writes the status after DESCRIBED.
    StatusLast,
    /// DESCRIBED is stored and loaded plainly.
    DescribePlainly,
    /// DESCRIBED holds the cell's number, not the reload's.
    DescribeCell,
    /// The reader forgets the number that it has reported once there is newer content.
    ForgetWhenOld,
    /// The reader forgets the number that it has reported when it adopts content.
    ForgetWhenAdopting,
}

/// The threads of a run, and its bounds.
#[derive(Clone, Debug)]
pub struct Numbers {
    pub slots: usize,
    pub events: Vec<Event>,
    /// How many of the events come before the reader opens its view: at least one, since a store opens after the first.
    pub begun: usize,
    /// How often the reader tries to adopt content. It asks for its number before and after each try.
    pub acquires: usize,
    /// The number of steps after which the watcher ends; without a number it never ends early.
    pub writer_stops: Option<usize>,
    pub preemptions: Option<usize>,
    pub mutant: Option<Mutant>,
}

/// The number of words of a payload: the cell's own scenarios show that copies are whole.
pub const WORDS: usize = 1;

struct Memory {
    values: Cell,
    /// The number of the reload that the status describes: stands for the cell of the status.
    status: AtomicUsize,
    described: AtomicUsize,
}

/// What the watcher has done so far.
#[derive(Default)]
struct Watcher {
    /// The number of the last reload.
    number: usize,
    /// The cell's number of the last publication.
    published: usize,
    /// The last number that is stored in DESCRIBED.
    described: usize,
}

/// A thread's view of the memory.
#[derive(Default)]
struct View {
    /// The cell's number of the adopted content; 0 before the first.
    adopted: usize,
    /// The number that the view would report now.
    number: usize,
    /// The number that it has reported last.
    reported: usize,
}

impl Numbers {
    /// Returns how often content is published.
    pub fn generations(&self) -> usize {
        self.contents().len() - 1
    }

    /// Returns the steps of a watcher that is not stopped: those of each publication, the status, DESCRIBED.
    pub fn writer_steps(&self) -> usize {
        let events = &self.events[self.begun..];
        let publications = events.iter().filter(|&&event| event != Event::Unchanged);
        publications.count() * (WORDS + 4) + events.len() * 2
    }

    /// Explores all executions. Panics if one of them breaks a property.
    pub fn explore(&self) -> Explored {
        let numbers = self.clone();
        explore(self.preemptions, move || numbers.execute())
    }

    /// Returns the own number of each content, by the cell's number.
    fn contents(&self) -> Vec<usize> {
        let mut contents = vec![0];
        let (mut number, mut own) = (0, 0);
        for event in &self.events {
            number += 1;
            if *event == Event::Changed {
                own = number;
            }
            if *event != Event::Unchanged {
                contents.push(own);
            }
        }
        contents
    }

    /// Returns the own number of the content that was live when the reload `number` was published.
    fn content_of(&self, number: usize) -> usize {
        let owns = self.contents().into_iter().filter(|&own| own <= number);
        owns.max().unwrap_or(0)
    }

    fn execute(&self) {
        let memory = Arc::new(Memory {
            values: Cell::new(self.slots, WORDS, None),
            status: AtomicUsize::new(0),
            described: AtomicUsize::new(0),
        });
        let mut watcher = Watcher::default();
        let (before, after) = self.events.split_at(self.begun);
        let never = &mut Life::new(None);
        self.write(&memory, before, &mut watcher, never).unwrap();
        let mut view = View::default();
        self.adopt(&memory, &mut view);
        self.ask(&memory, &mut view);
        let reader = {
            let memory = Arc::clone(&memory);
            let numbers = self.clone();
            thread::spawn(move || numbers.read(&memory, &mut view))
        };
        // The end of the watcher affects no reader.
        let life = &mut Life::new(self.writer_stops);
        let _: Result<(), Stopped> = self.write(&memory, after, &mut watcher, life);
        reader.join().unwrap();
        self.read_at_last(&memory, &watcher);
    }

    fn write(
        &self,
        memory: &Memory,
        events: &[Event],
        watcher: &mut Watcher,
        life: &mut Life,
    ) -> Result<(), Stopped> {
        for &event in events {
            watcher.number += 1;
            let number = watcher.number;
            if self.mutant == Some(Mutant::DescribeFirst) {
                life.step()?;
                memory.described.store(number, Release);
            }
            if event != Event::Unchanged {
                memory.values.publish(watcher.published + 1, life)?;
                watcher.published += 1;
            }
            if self.mutant != Some(Mutant::StatusLast) {
                life.step()?;
                memory.status.store(number, Release);
            }
            life.step()?;
            match self.mutant {
                Some(Mutant::DescribeCell) => memory.described.store(watcher.published, Release),
                Some(Mutant::DescribePlainly) => memory.described.store(number, Relaxed),
                _ => memory.described.store(number, Release),
            }
            watcher.described = number;
            if self.mutant == Some(Mutant::StatusLast) {
                life.step()?;
                memory.status.store(number, Release);
            }
        }
        Ok(())
    }

    fn read(&self, memory: &Memory, view: &mut View) {
        for _ in 0..self.acquires {
            self.ask(memory, view);
            self.adopt(memory, view);
            self.ask(memory, view);
        }
    }

    /// `Adoption.acquire`.
    fn adopt(&self, memory: &Memory, view: &mut View) {
        let mut lost = 0;
        let life = &mut Life::new(None);
        let copy = memory.values.acquire(view.adopted, life, &mut lost);
        LOST.fetch_add(lost as u64, std::sync::atomic::Ordering::Relaxed);
        let Some(copy) = copy.unwrap() else { return };
        COPIES.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        view.adopted = copy.generation;
        let own = self.contents()[copy.generation];
        view.number = match self.mutant {
            Some(Mutant::ForgetWhenAdopting) => own,
            _ => view.number.max(own),
        };
    }

    /// `Adoption.generation`: the number of the newest reload whose values are those that the thread has adopted.
    fn ask(&self, memory: &Memory, view: &mut View) {
        let own = self.contents()[view.adopted];
        let life = &mut Life::new(None);
        let early = (self.mutant == Some(Mutant::GenerationFirst))
            .then(|| memory.values.peek(life).unwrap());
        let described = match self.mutant {
            Some(Mutant::DescribePlainly) => memory.described.load(Relaxed),
            _ => memory.described.load(Acquire),
        };
        let published = early.unwrap_or_else(|| memory.values.peek(life).unwrap());
        if published == view.adopted {
            view.number = own.max(described);
        } else if self.mutant == Some(Mutant::ForgetWhenOld) {
            view.number = own;
        }
        self.check(memory, view, own);
        view.reported = view.number;
    }

    fn check(&self, memory: &Memory, view: &View, own: usize) {
        let View {
            number, reported, ..
        } = *view;
        assert!(
            number >= reported,
            "BACK: from reload {reported} to {number}"
        );
        let content = self.content_of(number);
        assert_eq!(
            content, own,
            "OTHER: reload {number} has the content of {content}, and the thread reads that of {own}"
        );
        // A thread may read new content a moment before its status is written.
        let status = memory.status.load(Acquire);
        assert!(
            number == own || status >= number,
            "AHEAD: reload {number} has no status yet, only {status} has"
        );
    }

    /// Reads after all threads are gone, the watcher perhaps in the middle of a reload.
    fn read_at_last(&self, memory: &Memory, watcher: &Watcher) {
        let mut view = View::default();
        self.adopt(memory, &mut view);
        self.ask(memory, &mut view);
        let last = watcher.described.max(self.contents()[watcher.published]);
        assert_eq!(view.number, last, "LOST: the number of the last reload");
    }
}
