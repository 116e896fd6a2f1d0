mod table;

pub use table::ERRORS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_advice_of_its_own() {
        for row in ERRORS.rows() {
            assert!(!row.advice.is_empty(), "{}", row.code);
        }
    }

    #[test]
    fn nothing_promises_another_try_after_a_receipt() {
        // The SMS gateway's codes are numbers, and come when the message is over.
        for row in ERRORS.rows() {
            let is_of_the_gateway = row.code.bytes().all(|byte| byte.is_ascii_digit());
            assert!(
                !(is_of_the_gateway && row.advice.contains("it is tried again")),
                "{}",
                row.code
            );
        }
    }
}
