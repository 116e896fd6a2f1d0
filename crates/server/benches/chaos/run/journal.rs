use crate::Outcome;
use std::{
    fs::File,
    io::Write,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// What happens, line by line, on standard output and in a file.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    start: Instant,
    file: Option<Arc<Mutex<File>>>,
}

impl Journal {
    /// An empty one.
    pub(crate) fn new(path: Option<&Path>) -> Outcome<Self> {
        let file = path.map(File::create).transpose()?;
        Ok(Self {
            start: Instant::now(),
            file: file.map(|file| Arc::new(Mutex::new(file))),
        })
    }

    /// Notes something and when it was.
    pub(crate) fn note(&self, text: &str) {
        self.print(&format!(
            "{:8.2} s  {text}",
            self.start.elapsed().as_secs_f64()
        ));
    }

    /// Prints text as it is.
    pub(crate) fn print(&self, text: &str) {
        println!("{text}");
        if let Some(file) = &self.file {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            // The same is on standard output.
            writeln!(file, "{text}").ok();
        }
    }
}
