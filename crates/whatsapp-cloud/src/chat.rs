use crate::{
    credentials::Caller,
    errors::{self, META},
    media::UPLOADED,
    node::Node,
    provider::WhatsappCloud,
};
use async_trait::async_trait;
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::json;
use tidings_messaging::{Access, ManageError, Media, NewFile, Typing, WhatsappChat};
use tidings_provider_http::{Effect, sha256_hex};

/// The largest file that WhatsApp takes: a document of 100 MB.
const LARGEST_FILE: usize = 100 * 1024 * 1024;

#[async_trait]
impl WhatsappChat for WhatsappCloud {
    #[tracing::instrument(name = "provider.whatsapp_cloud.mark_read", skip_all, fields(account = %access.account))]
    async fn mark_read(
        &self,
        access: &Access,
        message: &str,
        typing: Typing,
    ) -> Result<(), ManageError> {
        let caller = Caller::of(&access.credentials)?;
        let mut body = json!({
            "messaging_product": "whatsapp", "status": "read", "message_id": message,
        });
        match typing {
            Typing::Shown => body["typing_indicator"] = json!({"type": "text"}),
            Typing::Hidden => {}
        }
        let path = [caller.phone_number_id, "messages"];
        let request = self.graph.request(Method::POST, caller, path).json(&body);
        errors::done(self.graph.call(request).await)
    }

    /// Meta keeps it for 30 days.
    #[tracing::instrument(name = "provider.whatsapp_cloud.upload", skip_all, fields(account = %access.account))]
    async fn upload(&self, access: &Access, file: &NewFile) -> Result<Media, ManageError> {
        let caller = Caller::of(&access.credentials)?;
        check(file)?;
        // No file holds its own hash, so this ends none of its parts.
        let boundary = sha256_hex(&file.bytes);
        let path = [caller.phone_number_id, "media"];
        let request = self.graph.request(Method::POST, caller, path);
        let request = request
            .header(
                CONTENT_TYPE,
                format!("multipart/form-data; boundary={boundary}"),
            )
            .body(parts(file, &boundary));
        let answer = errors::manage(Effect::Changes, self.graph.call(request).await)?;
        let json = answer.json().unwrap_or_default();
        let id = Node(&json).word("id");
        let Some(id) = id else {
            return Err(META.unreadable_success(Effect::Changes, &answer));
        };
        Ok(Media {
            url: format!("{UPLOADED}{id}"),
            content_type: Some(file.content_type.clone()),
        })
    }
}

fn check(file: &NewFile) -> Result<(), ManageError> {
    let is_type = |text: &str| {
        let is_plain = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        text.contains('/') && text.bytes().all(is_plain)
    };
    if !is_type(&file.content_type) {
        let advice = "give the file's type, such as image/png";
        return Err(errors::unfit("no_type", "the media type is none", advice));
    }
    if file.bytes.is_empty() || file.bytes.len() > LARGEST_FILE {
        let detail = "WhatsApp takes files of 1 byte to 100 MB";
        return Err(errors::unfit("file_size", detail, "send another file"));
    }
    Ok(())
}

/// The form of an upload. What could end a header is left out of the name.
fn parts(file: &NewFile, boundary: &str) -> Vec<u8> {
    let name = file
        .name
        .replace(|c: char| c.is_control() || "\"\\".contains(c), "_");
    let kind = &file.content_type;
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\n{kind}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: {kind}\r\n\r\n"
    );
    let tail = format!("\r\n--{boundary}--\r\n");
    [head.as_bytes(), &file.bytes, tail.as_bytes()].concat()
}
