//! Which parts of a graph were written, and under which number.

/// Numbers of nodes or trait sets, forgotten all at once at no cost when the next graph begins.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// For each place in the graph the round in which it was met, and its number.
    places: Vec<(u32, u32)>,
    round: u32,
}

impl Seen {
    /// Forgets all, and makes room for `length` places.
    pub(crate) fn begin(&mut self, length: usize) {
        if self.places.len() < length {
            self.places.resize(length, (0, 0));
        }
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.places.fill((0, 0));
            self.round = 1;
        }
    }

    /// The number of what was met at `place` since [`begin`](Self::begin).
    pub(crate) fn find(&self, place: u32) -> Option<u32> {
        let &(round, number) = self.places.get(place as usize)?;
        (round == self.round).then_some(number)
    }

    pub(crate) fn insert(&mut self, place: u32, number: u32) {
        if let Some(entry) = self.places.get_mut(place as usize) {
            *entry = (self.round, number);
        }
    }
}
