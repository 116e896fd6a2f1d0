use super::*;

#[test]
fn what_may_pass_is_never_final() {
    for row in ERRORS.rows() {
        if row.code.starts_with('4') {
            let is_passing = matches!(row.class, Class::Transient | Class::RateLimited);
            assert!(is_passing, "{}", row.code);
        }
    }
    for stage in [
        Stage::Greeting,
        Stage::Login,
        Stage::Sender,
        Stage::Recipient,
        Stage::Data,
        Stage::End,
    ] {
        for words in ["5.1.1 unknown", "5.7.1 no", "4.9.9 what", "no"] {
            let error = refusal(stage, 450, words, &[]);
            assert_eq!(error.class, Class::Transient, "{stage:?} {words}");
        }
    }
}

#[test]
fn an_enhanced_code_is_found_wherever_it_stands() {
    for (words, code) in [
        ("5.1.1 unknown", Some("5.1.1")),
        ("smtp; 550 5.1.1 unknown", Some("5.1.1")),
        ("rejected (#5.7.1)", Some("5.7.1")),
        ("host 10.1.1.1 said no", None),
        ("version 5.1", None),
        ("5.1.1.1", None),
        ("5.1.1234", None),
        ("2.1.5 fine", None),
        ("", None),
    ] {
        assert_eq!(enhanced(words), code, "{words}");
    }
}

#[test]
fn a_detail_has_the_server_s_words_without_the_code() {
    let detail = |words| refusal(Stage::Recipient, 550, words, &["hunter2"]).detail;
    assert_eq!(
        detail("5.1.1 <ann@example.net> hunter2 is unknown"),
        "<…@example.net> … is unknown"
    );
    assert_eq!(detail("5.1.1"), "the server gave no reason");
    assert_eq!(detail(""), "the server gave no reason");
}
