//! Lots that are drawn from what is known of a message, so that the same message always draws the same.

use tidings_kernel::AccountId;

/// A number that depends on both and looks like chance (the finalizer of SplitMix64; Steele, Lea, Flood 2014).
pub(crate) fn draw(of: u64, among: u128) -> u64 {
    let [high, low] =
        [among >> 64, among & u128::from(u64::MAX)].map(|half| half.try_into().unwrap_or(0));
    mix(mix(of ^ u64::rotate_left(low, 32)) ^ high)
}

fn mix(mut value: u64) -> u64 {
    value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// The time that an account takes in a race which each wins as often as its weight says (weighted rendezvous
/// hashing): the shortest wins. Infinite for the weight 0.
pub(crate) fn race(lot: u64, account: AccountId, weight: u16) -> f64 {
    if weight == 0 {
        return f64::INFINITY;
    }
    // 53 bits, never 0.
    let drawn = (draw(lot, account.uuid().as_u128()) >> 11) + 1;
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    let even = drawn as f64 / (1_u64 << 53) as f64;
    -even.ln() / f64::from(weight)
}
