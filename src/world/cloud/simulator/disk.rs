//! The cloud's files: one pretty-printed JSON file per object, written atomically, and one lock for all of them.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::object::{Stored, file_name};
use crate::world::cloud::api::ApiError;

/// The directory of one account's clouds.
#[derive(Debug, Clone)]
pub struct Disk {
    directory: PathBuf,
}

/// Held while the files are looked at or changed; other processes wait meanwhile.
#[derive(Debug)]
pub struct Held {
    _file: File,
}

/// What is decided once for an account; kept in `cloud.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The number of the account.
    pub account: String,
    /// What all ids are made from.
    pub seed: u64,
    /// How many objects were ever made.
    pub made: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { account: "123456789012".to_owned(), seed: 0, made: 0 }
    }
}

/// Where an object's file lies below the directory.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The service: `rds`.
    pub service: &'a str,
    /// The region.
    pub region: &'a str,
    /// The kind.
    pub kind: &'a str,
}

impl Disk {
    /// Files below `directory`, which need not exist.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Waits until no other process looks at the files.
    pub fn lock(&self) -> Result<Held, ApiError> {
        let path = self.directory.join("lock");
        let open = || {
            fs::create_dir_all(&self.directory)?;
            let file = File::options().create(true).truncate(false).write(true).open(&path)?;
            file.lock()?;
            Ok::<_, std::io::Error>(file)
        };
        open().map(|file| Held { _file: file }).map_err(|e| broken(&path, "can't be locked", &e))
    }

    /// The settings, as a new account has them if there are none.
    pub fn settings(&self) -> Result<Settings, ApiError> {
        Ok(self.read(&self.directory.join("cloud.json"))?.unwrap_or_default())
    }

    /// Writes the settings.
    pub fn write_settings(&self, settings: &Settings) -> Result<(), ApiError> {
        self.write(&self.directory.join("cloud.json"), settings)
    }

    /// Reads one of the cloud's own files; `None` if there is none.
    pub fn read_own<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ApiError> {
        self.read(&self.directory.join(name))
    }

    /// Writes one of the cloud's own files.
    pub fn write_own<T: Serialize>(&self, name: &str, content: &T) -> Result<(), ApiError> {
        self.write(&self.directory.join(name), content)
    }

    /// Appends a line to one of the cloud's own files.
    pub fn append(&self, name: &str, line: &str) -> Result<(), ApiError> {
        let path = self.directory.join(name);
        let append = || {
            let mut file = File::options().create(true).append(true).open(&path)?;
            file.write_all(format!("{line}\n").as_bytes())
        };
        append().map_err(|e| broken(&path, "can't be written", &e))
    }

    /// Where an object's file lies.
    pub fn path(&self, place: Place<'_>, id: &str) -> PathBuf {
        self.folder(place).join(file_name(id))
    }

    fn folder(&self, place: Place<'_>) -> PathBuf {
        self.directory.join(place.service).join(place.region).join(place.kind)
    }

    /// An object; `None` if there is none.
    pub fn object(&self, place: Place<'_>, id: &str) -> Result<Option<Stored>, ApiError> {
        let path = self.path(place, id);
        let stored: Option<Stored> = self.read(&path)?;
        match stored {
            Some(stored) if stored.id != id => Err(ApiError::broken(format!(
                "the file {} says it is {:?}; name and content of an object's file have to agree",
                path.display(),
                stored.id
            ))),
            stored => Ok(stored),
        }
    }

    /// All objects of a kind, by id.
    pub fn objects(&self, place: Place<'_>) -> Result<Vec<Stored>, ApiError> {
        let folder = self.folder(place);
        let mut paths = Vec::new();
        match fs::read_dir(&folder) {
            Ok(entries) => {
                for entry in entries {
                    let path = entry.map_err(|e| broken(&folder, "can't be read", &e))?.path();
                    if path.extension().is_some_and(|extension| extension == "json") {
                        paths.push(path);
                    }
                }
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(broken(&folder, "can't be read", &e)),
        }
        paths.sort();
        let mut objects = Vec::with_capacity(paths.len());
        for path in paths {
            objects.extend(self.read::<Stored>(&path)?);
        }
        Ok(objects)
    }

    /// Every object's service, region and kind that has a folder.
    pub fn places(&self) -> Result<Vec<(String, String, String)>, ApiError> {
        let mut found = Vec::new();
        for service in folders(&self.directory)? {
            for region in folders(&self.directory.join(&service))? {
                for kind in folders(&self.directory.join(&service).join(&region))? {
                    found.push((service.clone(), region.clone(), kind));
                }
            }
        }
        Ok(found)
    }

    /// Writes an object.
    pub fn write_object(&self, place: Place<'_>, object: &Stored) -> Result<(), ApiError> {
        self.write(&self.path(place, &object.id), object)
    }

    /// Removes an object's file; it being gone already is fine.
    pub fn remove_object(&self, place: Place<'_>, id: &str) -> Result<(), ApiError> {
        let path = self.path(place, id);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(broken(&path, "can't be removed", &e)),
            _ => Ok(()),
        }
    }

    fn read<T: DeserializeOwned>(&self, path: &Path) -> Result<Option<T>, ApiError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(broken(path, "can't be read", &e)),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|e| {
            ApiError::broken(format!(
                "the file {} is not what the mocked cloud wrote: {e}; mend it, or delete it",
                path.display()
            ))
        })
    }

    /// Beside the target first, then renamed onto it: nobody ever sees half a file.
    fn write<T: Serialize>(&self, path: &Path, content: &T) -> Result<(), ApiError> {
        let write = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut bytes = serde_json::to_vec_pretty(content).map_err(std::io::Error::other)?;
            bytes.push(b'\n');
            let temporary = path.with_extension("tmp");
            fs::write(&temporary, bytes)?;
            fs::rename(&temporary, path)
        };
        write().map_err(|e| broken(path, "can't be written", &e))
    }
}

fn folders(directory: &Path) -> Result<Vec<String>, ApiError> {
    let mut names = Vec::new();
    match fs::read_dir(directory) {
        Ok(entries) => {
            for entry in entries {
                let entry = entry.map_err(|e| broken(directory, "can't be read", &e))?;
                if entry.path().is_dir()
                    && let Ok(name) = entry.file_name().into_string()
                {
                    names.push(name);
                }
            }
        }
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Err(e) => return Err(broken(directory, "can't be read", &e)),
    }
    names.sort();
    Ok(names)
}

fn broken(path: &Path, what: &str, error: &std::io::Error) -> ApiError {
    ApiError::broken(format!("{} {what}: {error}", path.display()))
}
