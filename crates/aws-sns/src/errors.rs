mod table;

pub use table::ERRORS;
pub(crate) use table::RESPONSES;
