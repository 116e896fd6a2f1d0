//! Installing the browser, once for each checkout.

use std::{
    env, fs,
    fs::File,
    path::{Path, PathBuf},
    process::Command,
};

use super::{AXE, VARIABLE, remove};
use crate::{
    process::{Outcome, read},
    workspace::Workspace,
};

/// What is installed: names and versions, and of every package the hash of its bytes.
const WANTED: [(&str, &str); 2] = [
    ("package.json", include_str!("package.json")),
    ("package-lock.json", include_str!("package-lock.json")),
];
/// How it is unpacked.
const UNPACK: &str = include_str!("unpack.mjs");

/// The systems that the package's browser runs on.
const SYSTEMS: [(&str, &str); 1] = [("linux", "x86_64")];

/// Where the browser of this checkout is.
pub(super) struct Installed {
    root: PathBuf,
}

impl Installed {
    /// Where it is or will be; nothing is installed yet.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub(super) fn of(workspace: &Workspace) -> Outcome<Self> {
        let root = workspace.state("browser")?;
        fs::create_dir_all(&root)?;
        Ok(Self { root })
    }

    /// The file of axe, installed if need be.
    ///
    /// # Errors
    /// No Node.js, or no network for the first time.
    pub(super) fn axe(&self) -> Outcome<PathBuf> {
        self.install()?;
        Ok(self.package("axe-core").join("axe.min.js"))
    }

    /// Chromium with its own libraries and fonts, installed if need be, without its words.
    ///
    /// # Errors
    /// As [`Self::axe`], or there is no such package for this system.
    pub(super) fn chromium(&self) -> Outcome<Command> {
        if !SYSTEMS.contains(&(env::consts::OS, env::consts::ARCH)) {
            return Err(format!(
                "no browser is packaged for {} on {}: start a Chromium of yours with `--headless \
                 --remote-debugging-port=9222`, and set {VARIABLE} to the address that it prints",
                env::consts::OS,
                env::consts::ARCH
            )
            .into());
        }
        self.install()?;
        let program = self.program();
        let mut chromium = Command::new(program.join("chromium"));
        chromium
            .env("FONTCONFIG_FILE", program.join("fonts.conf"))
            .env("LD_LIBRARY_PATH", program.join("lib"));
        Ok(chromium)
    }

    fn program(&self) -> PathBuf {
        self.root.join("program")
    }

    fn package(&self, name: &str) -> PathBuf {
        self.root.join("packages/node_modules").join(name)
    }

    /// Installs what is not there, or not as it is wanted.
    fn install(&self) -> Outcome {
        let turn = File::create(self.root.join("turn"))?;
        turn.lock()?;
        // Written once everything is there.
        let installed = self.root.join("installed");
        let wanted = format!(
            "{}{UNPACK}{}",
            WANTED.map(|(_, text)| text).concat(),
            self.fonts()
        );
        let is_there = self.program().join("chromium").is_file();
        if is_there && fs::read_to_string(&installed).is_ok_and(|it| it == wanted) {
            return Ok(());
        }
        eprintln!("Installing the browser, once; it takes a minute.");
        self.fetch()?;
        self.unpack()?;
        fs::write(installed, wanted)?;
        Ok(())
    }

    fn fetch(&self) -> Outcome {
        let packages = self.root.join("packages");
        remove(&packages)?;
        fs::create_dir_all(&packages)?;
        for (name, text) in WANTED {
            fs::write(packages.join(name), text)?;
        }
        // No script of a package runs.
        read(
            Command::new("npm")
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .args(["--loglevel", "error"])
                .current_dir(&packages),
        )
        .map(drop)
        .map_err(|error| {
            format!(
                "the browser for tests cannot be installed. It needs Node.js 18 or newer with npm and, this once, \
                 the network; or set {VARIABLE} to a Chromium of yours and {AXE} to the file `axe.min.js` of \
                 axe-core.\n{error}"
            )
            .into()
        })
    }

    fn unpack(&self) -> Outcome {
        let program = self.program();
        remove(&program)?;
        fs::create_dir_all(&program)?;
        let script = self.root.join("unpack.mjs");
        fs::write(&script, UNPACK)?;
        read(
            Command::new("node")
                .arg(&script)
                .arg(self.package("@sparticuz/chromium").join("bin"))
                .arg(&program),
        )?;
        // Libraries that not every system has, what draws without a graphics card, and letters.
        for archive in ["al2023.tar", "swiftshader.tar", "fonts.tar"] {
            let archive = program.join(archive);
            read(
                Command::new("tar")
                    .arg("-xf")
                    .arg(&archive)
                    .arg("-C")
                    .arg(&program),
            )?;
            fs::remove_file(archive)?;
        }
        make_executable(&program.join("chromium"))?;
        fs::write(program.join("fonts.conf"), self.fonts())?;
        Ok(())
    }

    /// Tells the browser to use the fonts of its packages and no others, so that pages look the same everywhere.
    fn fonts(&self) -> String {
        let program = self.program();
        let text = program.join("fonts");
        let emoji = self.package("@expo-google-fonts/noto-color-emoji");
        let cache = program.join("fonts-cache");
        format!(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">\n<fontconfig>\n\
             <dir>{}</dir>\n<dir>{}</dir>\n<cachedir>{}</cachedir>\n</fontconfig>\n",
            escaped(&text),
            escaped(&emoji),
            escaped(&cache)
        )
    }
}

/// A path as XML has it.
fn escaped(path: &Path) -> String {
    let path = path.display().to_string();
    path.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(unix)]
fn make_executable(program: &Path) -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned_to_its_bytes() {
        let [(_, wanted), (_, lock)] = WANTED;
        let (_, wanted) = wanted.split_once("\"dependencies\"").unwrap();
        let versions = wanted.lines().filter(|line| line.contains("\": \""));
        for line in versions {
            let version = line.rsplit('"').nth(1).unwrap();
            let is_exact = version.split('.').all(|part| part.parse::<u32>().is_ok());
            assert!(is_exact, "{line}");
        }
        let packages = lock.matches("\"node_modules/").count();
        assert!(packages >= 3, "{packages}");
        assert_eq!(lock.matches("\"integrity\": \"sha512-").count(), packages);
        assert!(!lock.contains("://"), "a package is of the registry in use");
    }

    #[test]
    fn paths_with_signs_of_xml_stay_paths() {
        assert_eq!(escaped(Path::new("/a & b/<c")), "/a &amp; b/&lt;c");
    }
}
