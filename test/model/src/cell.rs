//! The protocol of `src/memory/cell/writer.ts` and `src/memory/cell/reader.ts`, step by step, over loom's atomics.
//!
//! - `Atomics.…` in TypeScript is acquire and release here. That is weaker than sequential consistency: what holds
//!   here holds there.
//! - A plain access in TypeScript is `Relaxed` here: a load may return any value that is not hidden from it.
//! - The checksum is left out on purpose: it would hide the torn copies that this model must find.
//! - C is a store in TypeScript and an exchange here. loom orders two stores to one word only if one of them has seen
//!   the other. So for loom, C and the P of a try that failed between E and C could come in either order. In fact P
//!   reads what E wrote, so P comes before C. With an exchange, loom has that order, too. The exchange only adds order
//!   after failed tries; a copy that passes P comes before the next E, which is an exchange in both.

use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// A fault injected into the protocol, to show that the model finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mutant {
    /// P is a plain load: the textbook seqlock.
    CheckByLoad,
    /// P comes before D.
    CheckBeforeCopy,
    /// There is no P.
    NoCheck,
    /// E comes after the payload.
    EmptyAfterPayload,
    /// C and the store of `GENERATION` come before the payload.
    FillBeforePayload,
    /// `GENERATION` is stored before C.
    AnnounceBeforeFill,
    /// C and the store of `GENERATION` are plain stores.
    FillByPlainStores,
    /// All slots write to the same region.
    SharedRegion,
}

/// The thread ends here, as if by `terminate()`.
#[derive(Debug)]
pub struct Stopped;

/// The number of steps that a thread still takes.
pub struct Life(Option<usize>);

impl Life {
    /// Ends the thread after `steps` steps, or never if there is no number.
    pub fn new(steps: Option<usize>) -> Self {
        Self(steps)
    }

    /// Takes a step. Call it before each access to shared memory.
    pub fn step(&mut self) -> Result<(), Stopped> {
        match &mut self.0 {
            None => Ok(()),
            Some(0) => Err(Stopped),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }
}

struct Slot {
    generation: AtomicUsize,
    /// The index of the region that holds the payload: represents offset and length.
    region: AtomicUsize,
}

/// The shared memory.
pub struct Cell {
    generation: AtomicUsize,
    slots: Vec<Slot>,
    /// Two regions for each slot. A slot moves from the first to the second at its second publication.
    regions: Vec<Vec<AtomicUsize>>,
    mutant: Option<Mutant>,
}

/// A copy that a reader has verified.
pub struct Copy {
    pub generation: usize,
    pub region: usize,
    pub words: Vec<usize>,
}

const REGIONS_OF_SLOT: usize = 2;

impl Cell {
    pub fn new(slots: usize, words: usize, mutant: Option<Mutant>) -> Self {
        let slot = || Slot {
            generation: AtomicUsize::new(0),
            region: AtomicUsize::new(0),
        };
        let region = || (0..words).map(|_| AtomicUsize::new(0)).collect();
        Self {
            generation: AtomicUsize::new(0),
            slots: (0..slots).map(|_| slot()).collect(),
            regions: (0..slots * REGIONS_OF_SLOT).map(|_| region()).collect(),
            mutant,
        }
    }

    /// Returns the index of the region that `generation` is written to.
    pub fn region_of(&self, generation: usize) -> usize {
        if self.mutant == Some(Mutant::SharedRegion) {
            return 0;
        }
        let moves = usize::from(generation >= 2 * self.slots.len());
        (generation % self.slots.len()) * REGIONS_OF_SLOT + moves
    }

    /// `CellWriter.publish`.
    pub fn publish(&self, generation: usize, life: &mut Life) -> Result<(), Stopped> {
        let slot = &self.slots[generation % self.slots.len()];
        let region = self.region_of(generation);
        if self.mutant != Some(Mutant::EmptyAfterPayload) {
            // E
            life.step()?;
            slot.generation.swap(0, AcqRel);
        }
        match self.mutant {
            Some(Mutant::FillBeforePayload) => {
                life.step()?;
                slot.generation.swap(generation, AcqRel);
                life.step()?;
                self.generation.store(generation, Release);
            }
            Some(Mutant::AnnounceBeforeFill) => {
                life.step()?;
                self.generation.store(generation, Release);
            }
            _ => {}
        }
        life.step()?;
        slot.region.store(region, Relaxed);
        for word in &self.regions[region] {
            life.step()?;
            word.store(generation, Relaxed);
        }
        if self.mutant == Some(Mutant::EmptyAfterPayload) {
            life.step()?;
            slot.generation.swap(0, AcqRel);
        }
        // C
        life.step()?;
        let is_plain = self.mutant == Some(Mutant::FillByPlainStores);
        slot.generation
            .swap(generation, if is_plain { Relaxed } else { AcqRel });
        life.step()?;
        // Plain as well: if the reader arrives through GENERATION, this store alone would compensate for C.
        self.generation
            .store(generation, if is_plain { Relaxed } else { Release });
        Ok(())
    }

    /// The plain read of `GENERATION` on the fast path.
    pub fn peek(&self, life: &mut Life) -> Result<usize, Stopped> {
        life.step()?;
        Ok(self.generation.load(Relaxed))
    }

    /// `CellReader.acquire`. `lost` counts the failed tries.
    pub fn acquire(
        &self,
        newer_than: usize,
        life: &mut Life,
        lost: &mut usize,
    ) -> Result<Option<Copy>, Stopped> {
        let tries = self.slots.len();
        let mut failed = 0;
        while newer_than == 0 || failed < tries {
            life.step()?;
            let generation = self.generation.load(Acquire);
            if generation <= newer_than {
                return Ok(None);
            }
            if let Some(copy) = self.try_copy(generation, life)? {
                return Ok(Some(copy));
            }
            failed += 1;
            *lost += 1;
            // With a single slot the writer empties the published generation: readers have nothing until the next C.
            if self.slots.len() == 1 {
                return Ok(None);
            }
            life.step()?;
            let now = self.generation.load(Acquire);
            assert_ne!(
                now, generation,
                "WAITS: a try has failed, and nothing newer is published"
            );
        }
        Ok(None)
    }

    fn try_copy(&self, generation: usize, life: &mut Life) -> Result<Option<Copy>, Stopped> {
        let slot = &self.slots[generation % self.slots.len()];
        // L
        life.step()?;
        if slot.generation.load(Acquire) != generation {
            return Ok(None);
        }
        if self.mutant == Some(Mutant::CheckBeforeCopy) {
            life.step()?;
            if slot.generation.fetch_add(0, AcqRel) != generation {
                return Ok(None);
            }
        }
        // D
        life.step()?;
        let region = slot.region.load(Relaxed);
        let mut words = Vec::new();
        for word in &self.regions[region] {
            life.step()?;
            words.push(word.load(Relaxed));
        }
        // P
        let found = match self.mutant {
            Some(Mutant::NoCheck | Mutant::CheckBeforeCopy) => generation,
            Some(Mutant::CheckByLoad) => {
                life.step()?;
                slot.generation.load(Acquire)
            }
            _ => {
                life.step()?;
                slot.generation.fetch_add(0, AcqRel)
            }
        };
        Ok((found == generation).then_some(Copy {
            generation,
            region,
            words,
        }))
    }
}
