//! The schemas of what is read piece by piece and never held as a whole.

use crate::routes::message_request::NewMessageBody;
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema, schema::Type},
};

/// Defaults and recipients.
pub(crate) enum BulkBody {}

/// A line of newline-delimited JSON: a recipient, or in the first line the defaults.
pub(crate) enum BulkLine {}

/// A message of which `to` has to be given.
enum BulkRecipient {}

impl PartialSchema for BulkRecipient {
    fn schema() -> RefOr<Schema> {
        let mut schema = NewMessageBody::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required = vec!["to".to_owned()];
            object.description =
                Some("A message; what it leaves out is taken from the defaults".to_owned());
        }
        schema
    }
}

impl ToSchema for BulkRecipient {
    fn name() -> Cow<'static, str> {
        "BulkRecipient".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        NewMessageBody::schemas(schemas);
    }
}

/// What holds for every recipient that does not say otherwise.
fn defaults() -> RefOr<Schema> {
    let mut schema = NewMessageBody::schema();
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        object.required.clear();
        object.properties.remove("to");
        object.properties.remove("dry_run");
        object.description =
            Some("What holds for every recipient that does not say otherwise".to_owned());
    }
    schema
}

fn list_recipient(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((BulkRecipient::name().into_owned(), BulkRecipient::schema()));
    BulkRecipient::schemas(schemas);
}

impl PartialSchema for BulkBody {
    fn schema() -> RefOr<Schema> {
        let recipients = ArrayBuilder::new()
            .items(Ref::from_schema_name(BulkRecipient::name()))
            .min_items(Some(1))
            .max_items(Some(100_000));
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("defaults", defaults())
            .property("recipients", recipients)
            .required("recipients")
            .into()
    }
}

impl ToSchema for BulkBody {
    fn name() -> Cow<'static, str> {
        "BulkMessages".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        list_recipient(schemas);
    }
}

impl PartialSchema for BulkLine {
    fn schema() -> RefOr<Schema> {
        Ref::from_schema_name(BulkRecipient::name()).into()
    }
}

impl ToSchema for BulkLine {
    fn name() -> Cow<'static, str> {
        "BulkLine".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        list_recipient(schemas);
    }
}
