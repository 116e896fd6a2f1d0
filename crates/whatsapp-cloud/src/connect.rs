use crate::{
    credentials::Caller,
    errors::{self, META, MetaError},
    graph::Graph,
    node::Node,
};
use reqwest::Method;
use tidings_messaging::{Access, AccountInfo, ConnectError};
use tidings_provider_http::Answer;
use tidings_routing::Class;

const FIELDS: &str = "id,display_phone_number,verified_name,status,quality_rating,name_status,throughput,whatsapp_business_manager_messaging_limit,health_status";

/// Reads the phone number, which costs nothing.
pub(crate) async fn connect(graph: &Graph, access: &Access) -> Result<AccountInfo, ConnectError> {
    let caller = Caller::of(&access.credentials)?;
    let request = graph.request(Method::GET, caller, [caller.phone_number_id]);
    let answer = graph.call(request.query(&[("fields", FIELDS)])).await?;
    read_number(&answer)
}

/// What Meta says about the number: good only if it is connected and nothing blocks it.
fn read_number(answer: &Answer) -> Result<AccountInfo, ConnectError> {
    if !answer.is_success() || MetaError::in_answer(answer).is_some() {
        return Err(errors::refused(answer));
    }
    let json = answer.json().unwrap_or_default();
    let number = Node(&json);
    let Some(state) = number.text("status") else {
        return Err(META.unreadable(answer));
    };
    let refused = |detail: &str, advice: &str| {
        let error = errors::refused_here(Class::Account, state, detail, advice);
        Err(ConnectError::Refused(error))
    };
    if state != "CONNECTED" {
        return refused(
            &format!("the number is {state}, not CONNECTED"),
            "register and verify the number at Meta, in the WhatsApp manager",
        );
    }
    let health = number.text("health_status/can_send_message");
    if health == Some("BLOCKED") {
        return refused(
            &format!("Meta blocks sending{}", troubles(number)),
            "see the account quality page at Meta",
        );
    }
    let labelled = [
        ("Number", "display_phone_number"),
        ("Quality rating", "quality_rating"),
        ("Display name", "name_status"),
        ("Throughput", "throughput/level"),
        (
            "Messaging limit",
            "whatsapp_business_manager_messaging_limit",
        ),
    ];
    let mut notes: Vec<String> = labelled
        .into_iter()
        .filter_map(|(label, path)| Some(format!("{label}: {}", number.text(path)?)))
        .collect();
    if health == Some("LIMITED") {
        notes.push(format!("Meta limits sending{}", troubles(number)));
    }
    let name = number.text("verified_name").map(str::to_owned);
    Ok(AccountInfo {
        name,
        state: Some(state.to_owned()),
        notes,
    })
}

/// What stands in the way, in Meta's words: `: …; …`, or nothing.
fn troubles(number: Node<'_>) -> String {
    let entities = number.list("health_status/entities");
    let words = entities.flat_map(|entity| {
        let errors = entity
            .list("errors")
            .filter_map(|error| error.text("error_description"));
        let more = entity
            .list("additional_info")
            .filter_map(|info| info.0.as_str());
        errors.chain(more)
    });
    let words: Vec<&str> = words.collect();
    if words.is_empty() {
        String::new()
    } else {
        format!(": {}", words.join("; "))
    }
}
