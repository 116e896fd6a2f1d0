//! Forms that bring files.

use super::{Login, Reply, World};
use axum::{
    body::Body,
    http::{Method, Request, header},
};

impl World {
    /// Posts a form with files, each with its field and name, as a page of the session would.
    pub(in crate::tests) async fn post_files(
        &self,
        login: &Login,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Reply {
        let request = files_request(login, path, &login.token.seal(), fields, files);
        self.raw(request).await
    }
}

/// A form with files, as browsers send them.
pub(in crate::tests) fn files_request(
    login: &Login,
    path: &str,
    seal: &str,
    fields: &[(&str, &str)],
    files: &[(&str, &str, &[u8])],
) -> Request<Body> {
    let mut body = Vec::new();
    let seal = [("seal", seal)];
    for (name, value) in seal.iter().chain(fields) {
        let head = format!("--EDGE\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
    }
    for (field, name, bytes) in files {
        let head = format!(
            "--EDGE\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend_from_slice(b"--EDGE--\r\n");
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::COOKIE, login.cookie())
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=EDGE")
        .body(Body::from(body))
        .unwrap()
}
