//! The table of routes, from which the router is made: a page that is not here is not served, and the tests go
//! through it, so that none is forgotten.

use crate::{
    assets,
    door::{Door, Route, Verb},
    live,
    pages::{
        accounts, calendar, callbacks, contacts, conversations, home, login, messages, profile,
        queue, quick_replies, settings, templates,
    },
};
use tidings_messaging::Role;

/// The most bytes of an ordinary form.
const FORM: usize = 256 * 1_024;

macro_rules! open {
    ($verb:ident $path:literal $handler:path) => {
        Route {
            verb: Verb::$verb,
            path: $path,
            most: FORM,
            takes_files: false,
            door: Door::Open(|visit| Box::pin($handler(visit))),
        }
    };
}

macro_rules! locked {
    ($role:ident $verb:ident $path:literal $handler:path) => {
        Route {
            verb: Verb::$verb,
            path: $path,
            most: FORM,
            takes_files: false,
            door: Door::Locked(Role::$role, |ctx| Box::pin($handler(ctx))),
        }
    };
}

macro_rules! large {
    ($role:ident $verb:ident $path:literal $handler:path) => {
        Route {
            most: contacts::import::FORM,
            ..locked!($role $verb $path $handler)
        }
    };
}

macro_rules! files {
    ($role:ident $verb:ident $path:literal $handler:path) => {
        Route {
            takes_files: true,
            ..locked!($role $verb $path $handler)
        }
    };
}

/// Verb and path of every route, with braces where something is named: for tests that go through all pages of a
/// program that runs.
///
/// # Examples
/// ```
/// assert!(tidings_console::routes().any(|route| route == ("GET", "/console/contacts/{id}")));
/// ```
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.verb.word(), route.path))
}

/// Every route of the console.
pub(crate) const ROUTES: &[Route] = &[
    open!(Get "/console/assets/{name}" assets::file),
    open!(Get "/console/login" login::show),
    open!(Post "/console/login" login::enter),
    open!(Get "/console/feed/{token}/calendar.ics" calendar::feed::read),
    locked!(Viewer Post "/console/logout" login::leave),
    locked!(Viewer Get "/console" home::show),
    locked!(Viewer Get "/console/live" live::listen),
    locked!(Viewer Get "/console/profile" profile::show),
    locked!(Viewer Post "/console/profile" profile::save),
    locked!(Viewer Post "/console/profile/password" profile::password),
    locked!(Viewer Get "/console/conversations" conversations::list::show),
    locked!(Viewer Get "/console/conversations/{id}" conversations::thread::show),
    files!(Member Post "/console/conversations/{id}/reply" conversations::reply::send),
    locked!(Member Post "/console/conversations/{id}/count" conversations::reply::count),
    files!(Member Post "/console/conversations/{id}/fields" conversations::fill::show),
    files!(Member Post "/console/conversations/{id}/attach" conversations::attach::show),
    files!(Member Post "/console/conversations/{id}/quick" conversations::quick::show),
    locked!(Member Post "/console/conversations/{id}/read" conversations::act::read),
    locked!(Member Post "/console/conversations/{id}/take" conversations::act::take),
    locked!(Member Post "/console/conversations/{id}/leave" conversations::act::leave),
    locked!(Member Post "/console/conversations/{id}/status" conversations::act::status),
    locked!(Member Post "/console/conversations/{id}/labels" conversations::act::labels),
    locked!(Member Post "/console/conversations/{id}/notes" conversations::act::note),
    locked!(Viewer Get "/console/contacts" contacts::list::show),
    locked!(Member Get "/console/contacts/new" contacts::edit::new),
    locked!(Member Post "/console/contacts/new" contacts::edit::add),
    locked!(Member Get "/console/contacts/import" contacts::import::show::choose),
    large!(Member Post "/console/contacts/import" contacts::import::show::preview),
    large!(Member Post "/console/contacts/import/run" contacts::import::run::run),
    locked!(Viewer Get "/console/contacts/{id}" contacts::detail::show),
    locked!(Member Get "/console/contacts/{id}/edit" contacts::edit::show),
    locked!(Member Post "/console/contacts/{id}/edit" contacts::edit::save),
    locked!(Member Get "/console/contacts/{id}/preferences" contacts::preferences::show),
    locked!(Member Post "/console/contacts/{id}/preferences" contacts::preferences::save),
    locked!(Member Get "/console/contacts/{id}/consent" contacts::consent::new),
    locked!(Member Post "/console/contacts/{id}/consent" contacts::consent::record),
    locked!(Member Post "/console/contacts/{id}/block" contacts::block::block),
    locked!(Member Post "/console/contacts/{id}/unblock" contacts::block::lift),
    locked!(Viewer Get "/console/contacts/{id}/export" contacts::export::file),
    locked!(Member Get "/console/contacts/{id}/merge" contacts::merge::ask),
    locked!(Member Post "/console/contacts/{id}/merge" contacts::merge::merge),
    locked!(Member Get "/console/contacts/{id}/erase" contacts::erase::ask),
    locked!(Member Post "/console/contacts/{id}/erase" contacts::erase::erase),
    locked!(Viewer Get "/console/accounts" accounts::list::show),
    locked!(Admin Get "/console/accounts/new" accounts::add::choose),
    locked!(Admin Get "/console/accounts/new/{provider}" accounts::add::new),
    locked!(Admin Post "/console/accounts/new/{provider}" accounts::add::add),
    locked!(Viewer Get "/console/accounts/{id}" accounts::detail::show),
    locked!(Admin Get "/console/accounts/{id}/edit" accounts::edit::show),
    locked!(Admin Post "/console/accounts/{id}/edit" accounts::edit::save),
    locked!(Admin Post "/console/accounts/{id}/test" accounts::act::test),
    locked!(Admin Get "/console/accounts/{id}/whatsapp" accounts::whatsapp::show),
    locked!(Admin Post "/console/accounts/{id}/whatsapp/number" accounts::whatsapp::choose),
    locked!(Admin Post "/console/accounts/{id}/whatsapp/subscribe" accounts::whatsapp::subscribe),
    locked!(Admin Post "/console/accounts/{id}/whatsapp/register" accounts::whatsapp::register),
    locked!(Admin Post "/console/accounts/{id}/whatsapp/profile" accounts::whatsapp::save_profile),
    locked!(Admin Post "/console/accounts/{id}/enable" accounts::act::enable),
    locked!(Admin Post "/console/accounts/{id}/disable" accounts::act::disable),
    locked!(Admin Get "/console/accounts/{id}/remove" accounts::act::ask),
    locked!(Admin Post "/console/accounts/{id}/remove" accounts::act::remove),
    locked!(Viewer Get "/console/messages" messages::list::show),
    locked!(Viewer Get "/console/messages/{id}" messages::detail::show),
    locked!(Member Post "/console/messages/{id}/cancel" messages::act::cancel),
    locked!(Member Post "/console/messages/{id}/retry" messages::act::retry),
    locked!(Viewer Get "/console/calendar" calendar::show::show),
    locked!(Viewer Post "/console/calendar/feed" calendar::feed::make),
    locked!(Viewer Get "/console/queue" queue::show),
    locked!(Viewer Get "/console/callbacks" callbacks::show),
    locked!(Admin Post "/console/callbacks/{id}/replay" callbacks::replay),
    locked!(Viewer Get "/console/templates" templates::list::show),
    locked!(Member Get "/console/templates/new" templates::edit::new),
    locked!(Member Post "/console/templates/new" templates::edit::add),
    locked!(Member Post "/console/templates/check" templates::check::show),
    locked!(Member Post "/console/templates/sync" templates::provider::sync),
    locked!(Member Post "/console/templates/import" templates::provider::import),
    locked!(Viewer Get "/console/templates/{id}" templates::detail::show),
    locked!(Member Post "/console/templates/{id}/submit" templates::provider::submit),
    locked!(Member Get "/console/templates/{id}/withdraw" templates::provider::ask),
    locked!(Member Post "/console/templates/{id}/withdraw" templates::provider::withdraw),
    locked!(Member Get "/console/templates/{id}/edit" templates::edit::show),
    locked!(Member Post "/console/templates/{id}/edit" templates::edit::save),
    locked!(Member Get "/console/templates/{id}/remove" templates::act::ask),
    locked!(Member Post "/console/templates/{id}/remove" templates::act::remove),
    locked!(Viewer Get "/console/quick-replies" quick_replies::show),
    locked!(Member Post "/console/quick-replies" quick_replies::add),
    locked!(Member Get "/console/quick-replies/{id}" quick_replies::edit),
    locked!(Member Post "/console/quick-replies/{id}" quick_replies::save),
    locked!(Member Post "/console/quick-replies/{id}/remove" quick_replies::remove),
    locked!(Admin Get "/console/settings" settings::business::show),
    locked!(Admin Post "/console/settings" settings::business::save),
    locked!(Admin Get "/console/settings/hours" settings::hours::show),
    locked!(Admin Post "/console/settings/hours" settings::hours::save),
    locked!(Admin Get "/console/settings/switches" settings::switches::show),
    locked!(Admin Post "/console/settings/switches" settings::switches::throw),
    locked!(Admin Get "/console/settings/members" settings::members::show),
    locked!(Admin Post "/console/settings/members" settings::members::add),
    locked!(Admin Get "/console/settings/members/{id}" settings::members::edit),
    locked!(Admin Post "/console/settings/members/{id}" settings::members::save),
    locked!(Admin Get "/console/settings/keys" settings::keys::show),
    locked!(Admin Post "/console/settings/keys" settings::keys::make),
    locked!(Admin Post "/console/settings/keys/{id}/revoke" settings::keys::revoke),
];
