use super::{DevContact, DevFile, DevTenant};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use tidings_kernel::Channel;
use tidings_messaging::StoredTemplate;

/// What to do with a freshly planted stack, for the terminal.
///
/// `whatsapp` is the body of a request that sends a template, if there is one.
pub fn guide(file: &DevFile, whatsapp: Option<&Value>) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    write_guide(&mut text, file, whatsapp).ok();
    text
}

fn write_guide(text: &mut String, file: &DevFile, whatsapp: Option<&Value>) -> std::fmt::Result {
    writeln!(text, "\nEverything is planted.\n")?;
    writeln!(text, "  API        {}", file.api_url)?;
    writeln!(text, "  Console    {}", file.console_url)?;
    if let Some(login) = &file.login {
        writeln!(
            text,
            "    log in as {} with \"{}\"",
            login.email, login.password
        )?;
    }
    writeln!(text, "  Handsets   {}/", file.simulator_url)?;
    for tenant in &file.tenants {
        writeln!(
            text,
            "\n  {} ({})\n    key  {}",
            tenant.name, tenant.id, tenant.api_key
        )?;
    }
    let first = file
        .tenants
        .first()
        .and_then(|tenant| Some((tenant, tenant.contacts.first()?)));
    if let Some((tenant, contact)) = first {
        writeln!(text, "\nSend an SMS to {}:\n", contact.name)?;
        write_curl(text, file, tenant, &sms_example(tenant, contact))?;
        if let Some(whatsapp) = whatsapp {
            writeln!(text, "\nSend a WhatsApp template:\n")?;
            write_curl(text, file, tenant, whatsapp)?;
        }
    }
    writeln!(text, "\nOpen the handsets at {}/", file.simulator_url)
}

fn write_curl(
    text: &mut String,
    file: &DevFile,
    tenant: &DevTenant,
    body: &Value,
) -> std::fmt::Result {
    // An apostrophe ends a quoted word of the shell.
    let body = body.to_string().replace('\'', r"'\''");
    writeln!(text, "  curl -sS {}/v1/messages \\", file.api_url)?;
    writeln!(text, "    -H 'Authorization: Bearer {}' \\", tenant.api_key)?;
    writeln!(text, "    -H 'Content-Type: application/json' \\")?;
    writeln!(text, "    -H \"Idempotency-Key: $(date +%s)\" \\")?;
    writeln!(text, "    -d '{body}'")
}

fn sms_example(tenant: &DevTenant, contact: &DevContact) -> Value {
    json!({
        "to": {"contact_id": contact.id},
        "channel": "sms",
        "purpose": "transactional",
        "text": format!("Hello {}, this is {}.", contact.name, tenant.name),
    })
}

/// The body of a request that sends the first approved WhatsApp template, filled with the examples of
/// its fields.
pub(super) fn whatsapp_example(templates: &[StoredTemplate], to: &DevContact) -> Option<Value> {
    let template = templates
        .iter()
        .find(|template| template.channel == Channel::Whatsapp && template.status.is_sendable())?;
    let data: Map<String, Value> = template
        .fields
        .iter()
        .filter_map(|field| {
            let example = field.example.as_ref()?;
            Some((field.name.as_str().to_owned(), example.as_str().into()))
        })
        .collect();
    Some(json!({
        "to": {"contact_id": to.id},
        "channel": "whatsapp",
        "purpose": template.purpose,
        "template": {"name": template.name, "data": data},
    }))
}
