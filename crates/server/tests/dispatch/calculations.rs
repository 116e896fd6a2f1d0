//! The small calculations behind the figures.

use crate::{
    figures::{Figure, Target, largest_deviation, median, percentile, rate, short},
    load::{Head, write_post},
    report::line,
};
use std::time::Duration;

#[test]
fn the_median_is_the_middle_one_in_any_order() {
    assert_eq!(median(&[3.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
    assert_eq!(median(&[1.0, 4.0]).to_bits(), 4.0_f64.to_bits());
    assert!(median(&[]).is_nan());
}

#[test]
fn a_percentile_is_a_time_that_was_measured() {
    let times: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
    let at = |hundredths| percentile(&times, hundredths).round();
    assert_eq!(
        [at(50), at(99), at(100)].map(f64::to_bits),
        [100.0, 198.0, 200.0].map(f64::to_bits)
    );
    let one = [Duration::from_millis(7)];
    assert_eq!(
        percentile(&one, 50).to_bits(),
        percentile(&one, 99).to_bits()
    );
    assert!(percentile(&[], 99).is_nan());
}

#[test]
fn a_share_is_measured_by_its_weight() {
    let close = |got: &[(u32, u64)], wanted: f64| {
        let found = largest_deviation(got);
        assert!((found - wanted).abs() < 1e-9, "{found} instead of {wanted}");
    };
    close(&[(1, 100), (1, 100), (2, 200)], 0.0);
    close(&[(1, 90), (1, 110)], 10.0);
    // Half of what is due is worse than a quarter too much.
    close(&[(1, 50), (2, 250)], 50.0);
    // Who gets nothing is off by everything.
    close(&[(1, 0), (1, 10)], 100.0);
    close(&[(1, 0), (1, 0)], 100.0);
}

#[test]
fn targets_are_met_from_their_bound_on() {
    let figure = |ours, target| {
        Figure::new("section", "key", "what", ours)
            .beside(100.0)
            .wants(target)
    };
    for (ours, target, is_met) in [
        (8_000.0, Target::AtLeast(8_000.0), true),
        (7_999.0, Target::AtLeast(8_000.0), false),
        (2.0, Target::AtMost(2.0), true),
        (2.1, Target::AtMost(2.0), false),
        (80.0, Target::RatioAtLeast(0.8), true),
        (79.0, Target::RatioAtLeast(0.8), false),
        (125.0, Target::RatioAtMost(1.25), true),
        (126.0, Target::RatioAtMost(1.25), false),
    ] {
        assert_eq!(
            figure(ours, target).is_met(),
            Some(is_met),
            "{ours} {target:?}"
        );
    }
    assert_eq!(figure(1.0, Target::Unset).is_met(), None);
    // What is not a number is no success.
    assert_eq!(figure(f64::NAN, Target::AtMost(2.0)).is_met(), Some(false));
    assert_eq!(
        figure(f64::NAN, Target::RatioAtMost(2.0)).is_met(),
        Some(false)
    );
    let missing = Figure::missing("section", "key", "what", "there is none");
    assert_eq!(missing.wants(Target::AtLeast(1.0)).is_met(), None);
}

#[test]
fn a_line_says_whether_the_target_is_met() {
    let figure = Figure::new("queue", "key", "rows /s", 90.0).beside(100.0);
    let met = line(&figure.clone().wants(Target::RatioAtLeast(0.8)));
    assert!(
        met.starts_with("queue: rows /s") && met.ends_with(" met"),
        "{met}"
    );
    assert!(met.contains("0.900"), "{met}");
    let missed = line(&figure.clone().wants(Target::AtLeast(91.0)));
    assert!(missed.ends_with("NOT MET"), "{missed}");
    assert!(line(&figure).ends_with("0.900"));
    let missing = line(&Figure::missing("bulk", "key", "recipients /s", "no route"));
    assert!(missing.ends_with("not measured"), "{missing}");
}

#[test]
fn rates_are_per_second_and_short() {
    assert_eq!(
        rate(500, Duration::from_millis(250)).to_bits(),
        2_000.0_f64.to_bits()
    );
    assert_eq!(short(1_234.56).to_bits(), 1_235.0_f64.to_bits());
    assert_eq!(short(1.234_56).to_bits(), 1.235_f64.to_bits());
}

#[test]
fn the_head_of_an_answer_is_read_when_it_is_all_there() {
    let answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\nx: y\r\n\r\nhello";
    let head = Head {
        status: 202,
        length: 50,
        body: 5,
    };
    for end in 0..head.length {
        assert_eq!(
            Head::read(&answer[..end]).unwrap(),
            None,
            "after {end} bytes"
        );
    }
    for end in head.length..=answer.len() {
        assert_eq!(
            Head::read(&answer[..end]).unwrap(),
            Some(head),
            "after {end} bytes"
        );
    }
    let bare = Head::read(b"HTTP/1.1 204 No Content\r\n\r\n")
        .unwrap()
        .unwrap();
    assert_eq!((bare.status, bare.body), (204, 0));
    for wrong in [
        &b"SMTP ready\r\n\r\n"[..],
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
    ] {
        Head::read(wrong).unwrap_err();
    }
}

#[test]
fn a_request_says_how_long_it_is() {
    let mut request = b"before".to_vec();
    let host = "127.0.0.1:4000".parse().unwrap();
    write_post(&mut request, "/path", host, &[("a", "b")], b"body");
    assert_eq!(
        String::from_utf8(request).unwrap(),
        "beforePOST /path HTTP/1.1\r\nhost: 127.0.0.1:4000\r\na: b\r\ncontent-length: 4\r\n\r\nbody"
    );
}
