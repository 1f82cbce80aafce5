//! From a passphrase to keys: what is to be derived, and the results, each derived once and several
//! at a time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use zeroize::Zeroizing;

use super::{AlgorithmError, Digest, iterations};
use crate::pki::asn1::read::{Element, Malformed, Reader};
use crate::pki::asn1::{oid, tag};
use crate::secret::Secret;

/// What a derived key is for; the numbers are those of RFC 7292, appendix B.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Pbkdf2(Digest),
    Pkcs12(Digest, Purpose),
    Scrypt {
        cost: u64,
        block: u64,
        parallel: u64,
    },
}

impl Function {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Pbkdf2(digest) => format!("PBKDF2 with HMAC-{}", digest.name()),
            Self::Pkcs12(digest, _) => format!("PKCS#12 with {}", digest.name()),
            Self::Scrypt { .. } => "scrypt".to_owned(),
        }
    }
}

/// Everything but the passphrase; equal derivations give equal keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Derivation {
    pub(crate) function: Function,
    pub(crate) salt: Vec<u8>,
    pub(crate) iterations: u32,
    /// Bytes wanted.
    pub(crate) length: usize,
}

impl Derivation {
    /// Reads the `keyDerivationFunc` of PBES2 for a key of `length` bytes.
    pub(super) fn parse(fields: &mut Reader<'_>, length: usize) -> Result<Self, AlgorithmError> {
        match fields.oid("a key derivation function")? {
            oid::PBKDF2 => Self::parse_pbkdf2(&mut fields.sequence("PBKDF2 parameters")?, length),
            oid::SCRYPT => Self::parse_scrypt(&mut fields.sequence("scrypt parameters")?, length),
            other => Err(AlgorithmError::Unsupported(oid::describe(other))),
        }
    }

    fn parse_pbkdf2(fields: &mut Reader<'_>, length: usize) -> Result<Self, AlgorithmError> {
        let salt = fields.octets("a salt")?.into_owned();
        let iterations = iterations(fields.unsigned("a number of iterations")?)?;
        let key_length = fields.optional(tag::INTEGER)?;
        let fits = |given: Element<'_>| {
            given
                .contents
                .iter()
                .map(|byte| usize::from(*byte))
                .eq([length])
        };
        if !key_length.is_none_or(fits) {
            return Err(Malformed("a key length that fits the cipher").into());
        }
        // RFC 8018, A.2: HMAC-SHA1 unless something else is said.
        let digest = if fields.is_empty() {
            Digest::Sha1
        } else {
            let name = fields
                .sequence("a pseudo-random function")?
                .oid("its name")?;
            Digest::from_oid(name)
                .ok_or_else(|| AlgorithmError::Unsupported(oid::describe(name)))?
        };
        let function = Function::Pbkdf2(digest);
        Ok(Self {
            function,
            salt,
            iterations,
            length,
        })
    }

    fn parse_scrypt(fields: &mut Reader<'_>, length: usize) -> Result<Self, AlgorithmError> {
        let salt = fields.octets("a salt")?.into_owned();
        let cost = fields.unsigned("scrypt's cost")?;
        let block = fields.unsigned("scrypt's block size")?;
        let parallel = fields.unsigned("scrypt's parallelization")?;
        let is_affordable = cost.saturating_mul(block) <= MAX_SCRYPT / 256 && parallel <= 16;
        if !is_affordable {
            return Err(AlgorithmError::Unsupported(
                "scrypt at such a cost".to_owned(),
            ));
        }
        let function = Function::Scrypt {
            cost,
            block,
            parallel,
        };
        Ok(Self {
            function,
            salt,
            iterations: 1,
            length,
        })
    }

    fn run(&self, passphrase: &Passphrase) -> Option<Secret> {
        let mut key = Zeroizing::new(vec![0; self.length]);
        match self.function {
            Function::Pbkdf2(digest) => {
                digest.pbkdf2(
                    passphrase.text.expose(),
                    &self.salt,
                    self.iterations,
                    &mut key,
                );
            }
            Function::Pkcs12(digest, purpose) => {
                let text = passphrase.bmp.expose();
                digest.pkcs12(purpose, text, &self.salt, self.iterations, &mut key);
            }
            Function::Scrypt {
                cost,
                block,
                parallel,
            } => {
                let text = passphrase.text.expose();
                openssl::pkcs5::scrypt(
                    text, &self.salt, cost, block, parallel, MAX_SCRYPT, &mut key,
                )
                .ok()?;
            }
        }
        Some(Secret::new(std::mem::take(&mut *key)))
    }
}

/// Bytes of memory. `openssl pkcs8 -scrypt` needs a quarter of it.
const MAX_SCRYPT: u64 = 64 * 1024 * 1024;

/// Iterations that take ten times as long as a thread to begin and end, even where the processor has
/// instructions for them. A check of many keystores has a thread on each core already.
const WORTH_A_THREAD: u64 = 10_000;

/// A passphrase in the two forms that derivations take.
#[derive(Clone)]
pub(crate) struct Passphrase {
    /// As typed: PBES2.
    text: Secret,
    /// UTF-16, big end first, with two zeros at the end: PKCS#12.
    bmp: Secret,
}

impl Passphrase {
    /// Text that is no UTF-8 is taken for Latin-1, as OpenSSL does.
    pub(crate) fn new(passphrase: &Secret) -> Self {
        let bytes = passphrase.expose();
        // Room for all, so that no shorter copy is left behind by growing.
        let mut bmp = Zeroizing::new(Vec::with_capacity(bytes.len() * 2 + 2));
        match std::str::from_utf8(bytes) {
            Ok(text) => bmp.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
            Err(_) => bmp.extend(bytes.iter().flat_map(|byte| [0, *byte])),
        }
        bmp.extend([0, 0]);
        let bmp = Secret::new(std::mem::take(&mut *bmp));
        Self {
            text: passphrase.clone(),
            bmp,
        }
    }

    /// The other encoding of the empty passphrase: none at all. Windows writes it, OpenSSL reads both.
    pub(crate) fn none() -> Self {
        Self {
            text: Secret::default(),
            bmp: Secret::default(),
        }
    }
}

/// Keys derived from one passphrase.
pub(crate) struct DerivedKeys {
    passphrase: Passphrase,
    known: Vec<(Derivation, Secret)>,
}

impl DerivedKeys {
    /// Derives all of `wanted`; if that takes its time on two threads, since a keystore wants three, and a
    /// server has two cores.
    pub(crate) fn new<'a>(
        passphrase: Passphrase,
        wanted: impl IntoIterator<Item = &'a Derivation>,
    ) -> Self {
        let mut todo: Vec<&Derivation> = Vec::new();
        for derivation in wanted {
            if !todo.contains(&derivation) {
                todo.push(derivation);
            }
        }
        let (next, known) = (
            AtomicUsize::new(0),
            Mutex::new(Vec::with_capacity(todo.len())),
        );
        let work = || {
            while let Some(derivation) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let (Some(key), Ok(mut known)) = (derivation.run(&passphrase), known.lock()) {
                    known.push(((*derivation).clone(), key));
                }
            }
        };
        let rounds: u64 = todo.iter().map(|one| u64::from(one.iterations)).sum();
        thread::scope(|scope| {
            if rounds < WORTH_A_THREAD {
                return work();
            }
            // Without a second thread (a limit on processes) this one does all the work.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
            work();
        });
        let known = known.into_inner().unwrap_or_default();
        Self { passphrase, known }
    }

    /// One key: known, or derived now.
    pub(crate) fn derive(&self, wanted: &Derivation) -> Option<Secret> {
        match self
            .known
            .iter()
            .find(|(derivation, _)| derivation == wanted)
        {
            Some((_, key)) => Some(key.clone()),
            None => wanted.run(&self.passphrase),
        }
    }
}
