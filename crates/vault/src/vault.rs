use crate::envelope::{Envelope, VERSION, header};
use crate::key_ring::{Key, KeyRing};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};
use secrecy::{ExposeSecret, SecretBox, zeroize::Zeroizing};
use tidings_kernel::{AccountId, TenantId};
use tidings_messaging::{Sealed, Vault, VaultError};

/// Keeps what is sealed here apart from anything else that one key may seal one day.
const DOMAIN: &[u8] = b"tidings account credentials";

impl Vault for KeyRing {
    fn seal(
        &self,
        tenant: TenantId,
        account: AccountId,
        plain: &SecretBox<[u8]>,
    ) -> Result<Sealed, VaultError> {
        let cipher = cipher(&self.first)?;
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new()
            .fill(&mut nonce)
            .map_err(|_| VaultError::NoRandomness)?;
        let plain = plain.expose_secret();
        let mut sealed = header(&self.first.id, nonce);
        let start = sealed.len();
        // Room for all of it, so that the plain text is not left behind where the vector grew.
        sealed.reserve_exact(plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(plain);
        let body = sealed.get_mut(start..).unwrap_or_default();
        let tag = cipher
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound_to(tenant, account)),
                body,
            )
            // Only a text of 64 GiB is refused, which no secret is.
            .map_err(|_| VaultError::Corrupt)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(Sealed(sealed))
    }

    fn open(
        &self,
        tenant: TenantId,
        account: AccountId,
        sealed: &Sealed,
    ) -> Result<SecretBox<[u8]>, VaultError> {
        let envelope = Envelope::read(&sealed.0).ok_or(VaultError::Corrupt)?;
        let key = self
            .find(envelope.key_id)
            .ok_or_else(|| VaultError::NoKey(envelope.key_id.to_owned()))?;
        let mut buffer = Zeroizing::new(envelope.ciphertext.to_vec());
        let plain = cipher(key)?
            .open_in_place(
                Nonce::assume_unique_for_key(envelope.nonce),
                Aad::from(bound_to(tenant, account)),
                &mut buffer,
            )
            .map_err(|_| VaultError::Corrupt)?;
        Ok(SecretBox::new(Box::from(&*plain)))
    }
}

impl KeyRing {
    /// Whether a secret should be opened and sealed anew, since an older key sealed it.
    ///
    /// Also `true` for bytes that no longer open: opening them then says why.
    #[must_use]
    pub fn needs_rotation(&self, sealed: &Sealed) -> bool {
        Envelope::read(&sealed.0).is_none_or(|envelope| envelope.key_id != self.first.id)
    }
}

fn cipher(key: &Key) -> Result<LessSafeKey, VaultError> {
    // Cannot fail: every key of a ring has the cipher's length.
    let key = UnboundKey::new(&AES_256_GCM, key.expose())
        .map_err(|_| VaultError::NoKey(key.id.clone()))?;
    Ok(LessSafeKey::new(key))
}

/// The associated data. Every part has a fixed length, so no two records share it.
fn bound_to(tenant: TenantId, account: AccountId) -> Vec<u8> {
    let (tenant, account) = (tenant.uuid(), account.uuid());
    [DOMAIN, &[VERSION], tenant.as_bytes(), account.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::STANDARD};
    use proptest::prelude::*;
    use uuid::Uuid;

    const OLD: &str = "old:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
    const NEW: &str = "new:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn ring(text: &str) -> KeyRing {
        KeyRing::parse(text).unwrap()
    }

    fn tenant(n: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(n))
    }

    fn account(n: u128) -> AccountId {
        AccountId::from_uuid(Uuid::from_u128(n))
    }

    fn plain(bytes: &[u8]) -> SecretBox<[u8]> {
        SecretBox::new(Box::from(bytes))
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let ring = ring(OLD);
        let sealed = ring.seal(tenant(1), account(2), &plain(b"token")).unwrap();
        for position in 0..sealed.0.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed.0[position] ^= 1 << bit;
                assert!(
                    ring.open(tenant(1), account(2), &changed).is_err(),
                    "{position}.{bit}"
                );
            }
        }
    }

    #[test]
    fn every_shortened_secret_is_refused() {
        let ring = ring(OLD);
        let sealed = ring.seal(tenant(1), account(2), &plain(b"token")).unwrap();
        for length in 0..sealed.0.len() {
            let cut = Sealed(sealed.0[..length].to_vec());
            let error = ring.open(tenant(1), account(2), &cut).unwrap_err();
            assert_eq!(error, VaultError::Corrupt, "{length}");
        }
    }

    #[test]
    fn a_missing_key_is_named() {
        let sealed = ring(OLD)
            .seal(tenant(1), account(2), &plain(b"token"))
            .unwrap();
        let error = ring(NEW).open(tenant(1), account(2), &sealed).unwrap_err();
        assert_eq!(error, VaultError::NoKey("old".into()));
    }

    #[test]
    fn another_key_of_the_same_name_does_not_open() {
        let sealed = ring(OLD)
            .seal(tenant(1), account(2), &plain(b"token"))
            .unwrap();
        let impostor = ring(&NEW.replace("new", "old"));
        let error = impostor.open(tenant(1), account(2), &sealed).unwrap_err();
        assert_eq!(error, VaultError::Corrupt);
    }

    #[test]
    fn a_rotated_ring_opens_the_old_and_seals_with_the_new() {
        let old = ring(OLD)
            .seal(tenant(1), account(2), &plain(b"token"))
            .unwrap();
        let both = ring(&format!("{NEW},{OLD}"));
        assert!(both.needs_rotation(&old));
        let opened = both.open(tenant(1), account(2), &old).unwrap();
        let fresh = both.seal(tenant(1), account(2), &opened).unwrap();
        assert!(!both.needs_rotation(&fresh));
        let reopened = ring(NEW).open(tenant(1), account(2), &fresh).unwrap();
        assert_eq!(reopened.expose_secret(), b"token");
    }

    #[test]
    fn what_was_written_once_opens_forever() {
        // Made with another implementation of AES-256-GCM (OpenSSL), so that the layout cannot drift.
        let sealed = "AQNuZXdkZWZnaGlqa2xtbm8zOb8TDYEJ6lEJOob4X0iJYL8Hs7zj6TMEeeXUcBqL11UQ";
        let sealed = Sealed(STANDARD.decode(sealed).unwrap());
        let opened = ring(NEW).open(tenant(1), account(2), &sealed).unwrap();
        assert_eq!(opened.expose_secret(), br#"{"auth_token":"t"}"#);
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_for_its_record_alone(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            (t, a) in any::<(u128, u128)>(),
            (other_t, other_a) in any::<(u128, u128)>(),
        ) {
            let ring = ring(OLD);
            let sealed = ring.seal(tenant(t), account(a), &plain(&bytes)).unwrap();
            let opened = ring.open(tenant(t), account(a), &sealed).unwrap();
            prop_assert_eq!(opened.expose_secret(), bytes.as_slice());
            prop_assume!(t != other_t && a != other_a);
            for (t, a) in [(other_t, a), (t, other_a), (a, t)] {
                let opened = ring.open(tenant(t), account(a), &sealed);
                prop_assert_eq!(opened.err(), Some(VaultError::Corrupt));
            }
        }

        #[test]
        fn two_sealings_never_look_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..50)) {
            let ring = ring(OLD);
            let sealed = |_| ring.seal(tenant(1), account(2), &plain(&bytes)).unwrap();
            prop_assert_ne!(sealed(1), sealed(2));
        }

        #[test]
        fn foreign_bytes_are_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            prop_assert!(ring(OLD).open(tenant(1), account(2), &Sealed(bytes)).is_err());
        }
    }
}
