/// For calls whose failure is not what is being checked.
pub(crate) trait Works<T> {
    /// The value; panics with the error where there is none.
    fn works(self) -> T;
}

impl<T, E: std::fmt::Debug> Works<T> for Result<T, E> {
    #[track_caller]
    fn works(self) -> T {
        match self {
            Ok(value) => value,
            Err(error) => panic!("a call that must work failed: {error:?}"),
        }
    }
}
