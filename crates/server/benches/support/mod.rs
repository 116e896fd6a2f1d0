//! What the load programs share: a database of their own, the real programs, a tenant, and what the machine
//! and the database count. Whoever includes this has `Outcome`, `GLANCE`, `options::Options` and
//! `load::client` at its root.

pub(crate) mod database;
pub(crate) mod machine;
pub(crate) mod program;
pub(crate) mod statements;
pub(crate) mod system;
pub(crate) mod tenant;
