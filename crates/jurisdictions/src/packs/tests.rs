use super::*;

#[test]
fn the_shipped_packs_are_read() {
    let packs = Packs::bundled().unwrap();
    assert!(packs.rule("us.pa.hours").is_some());
    assert_eq!(packs.clone(), packs);
}
