/// Random numbers that are the same for the same seed (SplitMix64), on every machine and in every release.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice that fall as `seed` says.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice for the `number`th thing of a run.
    pub(crate) fn of(seed: u64, number: u32) -> Self {
        let mut dice = Self(seed ^ u64::from(number).wrapping_mul(0xD6E8_FEB8_6659_FD93));
        dice.throw();
        dice
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to and without `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.throw() % u64::from(end.max(1))).unwrap_or_default()
    }

    /// A number of a range, both ends included.
    pub(crate) fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most - least + 1)
    }

    /// One of several.
    pub(crate) fn pick<'all, T>(&mut self, all: &'all [T]) -> Option<&'all T> {
        let index = self.below(u32::try_from(all.len()).ok()?);
        all.get(usize::try_from(index).ok()?)
    }

    /// Puts `all` in another order.
    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for index in (1..all.len()).rev() {
            let end = u32::try_from(index + 1).unwrap_or(u32::MAX);
            all.swap(index, usize::try_from(self.below(end)).unwrap_or_default());
        }
    }
}
