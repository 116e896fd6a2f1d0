//! What is wrong with a request, as a whole or in parts, and how large it may be.

use super::*;

#[tokio::test]
async fn what_is_wrong_as_a_whole_stores_nothing() {
    let world = World::new().await;
    world.account().await;
    let good = object(&[to(1)]).to_string();
    let truncated = &good[..good.len() - 2];
    let followed = format!("{good} {{}}");
    let cases: [(&str, &str, &str); 12] = [
        (truncated, "invalid_request", ""),
        (&followed, "invalid_request", ""),
        ("", "invalid_request", ""),
        ("[]", "invalid_request", ""),
        ("{}", "invalid_request", "/recipients"),
        (r#"{"recipients": []}"#, "invalid_request", "/recipients"),
        (r#"{"recipients": {}}"#, "invalid_request", "/recipients"),
        (
            r#"{"recipients": [1], "recipients": [1]}"#,
            "invalid_request",
            "/recipients",
        ),
        (
            r#"{"recipients": [1], "more": 1}"#,
            "unknown_field",
            "/more",
        ),
        (
            r#"{"defaults": {"chanel": "sms"}, "recipients": [1]}"#,
            "unknown_field",
            "/defaults/chanel",
        ),
        (
            r#"{"defaults": {"to": {}}, "recipients": [1]}"#,
            "unknown_field",
            "/defaults/to",
        ),
        (
            r#"{"recipients": [1], "defaults": {"dry_run": true}}"#,
            "not_supported",
            "/defaults/dry_run",
        ),
    ];
    for (body, code, pointer) in cases {
        let reply = send_as(
            &world,
            &world.ours.send,
            "application/json",
            None,
            body.to_owned(),
        );
        let problem = reply.await.refused(422, code);
        assert_eq!(
            problem["errors"][0]["pointer"], pointer,
            "{body}: {problem}"
        );
    }
    let not_text = [br#"{"recipients": ["#.as_slice(), &[0xff], b"]}"].concat();
    let reply = send_as(&world, &world.ours.send, "application/json", None, not_text);
    reply.await.refused(422, "invalid_request");
    let reply = send_as(&world, &world.ours.send, "text/csv", None, good);
    reply.await.refused(415, "unsupported_media_type");
    for (body, code) in [
        ("\n \n", "invalid_request"),
        (r#"{"defaults": {}}"#, "invalid_request"),
        (r#"{"defaults": {}, "recipients": []}"#, "unknown_field"),
        (r#"{"defaults": {"to": {}}}"#, "unknown_field"),
    ] {
        send_lines(&world, body).await.refused(422, code);
    }
    assert!(is_nothing_stored(&world).await);
}

#[tokio::test]
async fn a_body_that_breaks_off_sends_nothing() {
    let world = World::new().await;
    world.account().await;
    let parts = [
        Ok(Bytes::from(lines(&[to(1), to(2)]))),
        Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
    ];
    let body = Body::from_stream(futures_util::stream::iter(parts));
    let reply = send_lines(&world, body).await;
    reply.refused(400, "incomplete_body");
    assert!(is_nothing_stored(&world).await);
}

#[tokio::test]
async fn a_bad_line_is_one_recipient_s() {
    let world = World::new().await;
    world.account().await;
    let mut body = lines(&[to(1)]).into_bytes();
    body.extend(b"\r\n\r\n{\"to\": \n");
    body.extend(b"{\"to\": {\"phone\": \"\xff\"}}\n");
    body.extend(lines(&[to(2)]).into_bytes());
    body.extend(b"\n{\"to\"");
    let reply = send_lines(&world, body).await.expect(202);
    // The second line of defaults is none.
    assert_eq!(counts(&reply), [2, 0, 0, 4], "{}", reply.text);
    let places: Vec<u64> = codes(&reply).iter().map(|(index, _)| *index).collect();
    assert_eq!(places, [1, 2, 3, 5]);
}

#[tokio::test]
async fn a_recipient_that_is_too_large_is_told_and_not_read() {
    let world = World::new().await;
    world.account().await;
    let large = json!({"to": {"phone": phone(1)}, "text": "x".repeat(1 << 20)});
    let recipients = [to(2), large, to(3)];
    for (form, body) in [
        ("application/json", object(&recipients).to_string()),
        ("application/x-ndjson", lines(&recipients)),
    ] {
        let reply = send_as(&world, &world.ours.send, form, None, body)
            .await
            .expect(202);
        assert_eq!(counts(&reply), [2, 0, 0, 1], "{}", reply.text);
        assert_eq!(codes(&reply), [(1, "body_too_large".to_owned())]);
    }
}

#[tokio::test]
async fn many_chunks_keep_their_order_and_the_list_of_errors_is_bounded() {
    let world = World::new().await;
    world.account().await;
    let recipients: Vec<Value> = (0..3_000)
        .map(|index| {
            if index % 2 == 0 {
                to(index % 100)
            } else {
                json!({})
            }
        })
        .collect();
    let reply = send_lines(&world, lines(&recipients)).await.expect(202);
    assert_eq!(counts(&reply), [1_500, 0, 0, 1_500]);
    let places: Vec<u64> = codes(&reply).iter().map(|(index, _)| *index).collect();
    let expected: Vec<u64> = (0..1_000).map(|place| 2 * place + 1).collect();
    assert_eq!(places, expected);
    // Fifty numbers, and each became one contact.
    let page = world.get("/v1/contacts?limit=200").await.expect(200).body;
    assert_eq!(page["data"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn there_are_at_most_100_000_recipients() {
    let world = World::new().await;
    for (form, body) in [
        ("application/x-ndjson", "1\n".repeat(100_001)),
        (
            "application/json",
            format!(r#"{{"recipients": [1{}]}}"#, ",1".repeat(100_000)),
        ),
    ] {
        let reply = send_as(&world, &world.ours.send, form, None, body).await;
        let problem = reply.refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["code"], "too_many");
    }
    let body = format!(r#"{{"recipients": [1{}]}}"#, ",1".repeat(99_999));
    let reply = send_as(&world, &world.ours.send, "application/json", None, body).await;
    assert_eq!(counts(&reply.expect(202)), [0, 0, 0, 100_000]);
}

#[tokio::test]
async fn a_body_has_at_most_64_mib() {
    let world = World::new().await;
    let announced = Request::post(BULK)
        .header("authorization", format!("Bearer {}", world.ours.send))
        .header("content-type", "application/x-ndjson")
        .header("content-length", (64 << 20) + 1)
        .body(Body::empty())
        .unwrap();
    world.raw(announced).await.refused(413, "body_too_large");
    let block = Bytes::from(vec![b' '; 1 << 20]);
    let parts = (0..65).map(move |_| Ok::<_, io::Error>(block.clone()));
    let body = Body::from_stream(futures_util::stream::iter(parts));
    send_lines(&world, body)
        .await
        .refused(413, "body_too_large");
}

#[tokio::test]
async fn long_defaults_are_for_few() {
    let world = World::new().await;
    world.account().await;
    let long = json!({"purpose": "transactional", "text": "x".repeat(1_000_000)});
    let body = |recipients: usize| {
        let recipients: Vec<Value> = (0..recipients).map(|line| to(line % 100)).collect();
        json!({"defaults": long, "recipients": recipients}).to_string()
    };
    let form = "application/json";
    let reply = send_as(&world, &world.ours.send, form, None, body(300)).await;
    let problem = reply.refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["pointer"], "/defaults");
    assert!(is_nothing_stored(&world).await);
    send_as(&world, &world.ours.send, form, None, body(2))
        .await
        .expect(202);
}
