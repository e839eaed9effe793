//! AES-256 in SIV mode (RFC 5297), in place, from the parts of `RustCrypto`: CMAC, doubling, counter
//! mode. Both key schedules, and what the constant components come to, are computed once per key:
//! for a value of a line that is most of the work.

use aes::cipher::{
    InnerIvInit as _, KeyInit as _, StreamCipher as _, StreamCipherCore as _,
    StreamCipherCoreWrapper,
};
use aes::{Aes256Enc, Block};
use cmac::digest::core_api::CoreWrapper;
use cmac::digest::crypto_common::InnerInit as _;
use cmac::{CmacCore, Mac as _};
use ctr::CtrCore;
use dbl::Dbl as _;
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::core::token::NotAuthentic;

/// Length of the synthetic IV, which is the tag, in bytes.
pub const TAG_BYTES: usize = 16;

/// What a message begins with before it is sealed: its synthetic IV.
pub type Tag = [u8; TAG_BYTES];

/// A key of 64 bytes, ready for use; wiped on drop.
pub struct Siv {
    mac: Aes256Enc,
    counter: Aes256Enc,
}

/// The state of S2V (RFC 5297 section 2.4) behind some of the components.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Components(Tag);

impl Siv {
    /// Takes the first half of the key for S2V and the second for the counter mode.
    #[must_use]
    pub fn new(key: &[u8; 64]) -> Self {
        let (mac, counter) = key.split_at(32);
        Self {
            mac: Aes256Enc::new(mac.into()),
            counter: Aes256Enc::new(counter.into()),
        }
    }

    /// No component yet.
    #[must_use]
    pub fn start(&self) -> Components {
        Components(self.cmac(&[0; 16], &[]).into())
    }

    /// One component of associated data more; RFC 5297 section 7 allows 126.
    #[must_use]
    pub fn and(&self, before: &Components, component: &[u8]) -> Components {
        let mut state = Block::from(before.0).dbl();
        xor(&mut state, &self.cmac(component, &[]));
        Components(state.into())
    }

    /// Encrypts in place and gives the tag.
    #[must_use]
    pub fn encrypt(&self, data: &Components, body: &mut [u8]) -> Tag {
        let tag = self.tag(data, body);
        self.apply_keystream(tag, body);
        tag
    }

    /// Decrypts in place.
    ///
    /// # Errors
    /// When the tag does not fit; `body` is then as it was.
    pub fn decrypt(
        &self,
        data: &Components,
        tag: &Tag,
        body: &mut [u8],
    ) -> Result<(), NotAuthentic> {
        self.apply_keystream(*tag, body);
        if self.tag(data, body)[..].ct_eq(&tag[..]).into() {
            return Ok(());
        }
        self.apply_keystream(*tag, body);
        Err(NotAuthentic)
    }

    /// Decrypts a body that comes in pieces. Until [`Decryption::verify`] says so, nothing
    /// of it may be believed.
    #[must_use]
    pub fn start_decrypting(&self, data: &Components, tag: &Tag) -> Decryption {
        Decryption {
            keystream: self.keystream(tag),
            mac: CoreWrapper::from_core(CmacCore::inner_init(self.mac.clone())),
            end: Block::from(data.0),
            tag: *tag,
        }
    }

    fn keystream(&self, tag: &Tag) -> Keystream {
        let core = CtrCore::inner_iv_init(self.counter.clone(), &first_counter(*tag).into());
        StreamCipherCoreWrapper::from_core(core)
    }

    /// Takes back what was done to a body, from its beginning.
    pub fn undo(&self, tag: &Tag, body: &mut [u8]) {
        self.apply_keystream(*tag, body);
    }

    /// The end of S2V: the body is its last component.
    fn tag(&self, data: &Components, body: &[u8]) -> Tag {
        let mut state = Block::from(data.0);
        if let Some((before, last)) = body.split_last_chunk::<TAG_BYTES>() {
            xor(&mut state, last);
            return self.cmac(before, &state).into();
        }
        let mut padded = state.dbl();
        xor(&mut padded, body);
        padded[body.len()] ^= 0x80;
        self.cmac(&padded, &[]).into()
    }

    fn cmac(&self, text: &[u8], end: &[u8]) -> Block {
        let mut mac = CoreWrapper::from_core(CmacCore::inner_init(&self.mac));
        mac.update(text);
        mac.update(end);
        mac.finalize().into_bytes()
    }

    fn apply_keystream(&self, tag: Tag, body: &mut [u8]) {
        CtrCore::<&Aes256Enc, ctr::flavors::Ctr128BE>::inner_iv_init(
            &self.counter,
            &first_counter(tag).into(),
        )
        .apply_keystream_partial(body.into());
    }
}

/// Two bits of the counter are cleared (RFC 5297 section 2.5).
fn first_counter(mut tag: Tag) -> Tag {
    tag[8] &= 0x7f;
    tag[12] &= 0x7f;
    tag
}

type Keystream = StreamCipherCoreWrapper<CtrCore<Aes256Enc, ctr::flavors::Ctr128BE>>;

/// A body being decrypted, piece by piece.
pub struct Decryption {
    keystream: Keystream,
    mac: CoreWrapper<CmacCore<Aes256Enc>>,
    /// What the last block of the body is combined with.
    end: Block,
    tag: Tag,
}

impl Decryption {
    /// Decrypts the next piece in place.
    pub fn decrypt(&mut self, piece: &mut [u8]) {
        self.keystream.apply_keystream(piece);
    }

    /// Takes decrypted text for the authentication, all of the body in order but its last
    /// [`TAG_BYTES`].
    pub fn authenticate(&mut self, plain: &[u8]) {
        self.mac.update(plain);
    }

    /// Verifies the body, given the end of its plain text.
    ///
    /// # Errors
    /// When it is not what was sealed.
    pub fn verify(mut self, last: &[u8; TAG_BYTES]) -> Result<(), NotAuthentic> {
        xor(&mut self.end, last);
        self.mac.update(&self.end);
        let tag: Tag = self.mac.finalize().into_bytes().into();
        if tag.ct_eq(&self.tag).into() {
            Ok(())
        } else {
            Err(NotAuthentic)
        }
    }
}

fn xor(state: &mut Block, with: &[u8]) {
    state.iter_mut().zip(with).for_each(|(a, b)| *a ^= b);
}

#[cfg(test)]
mod tests {
    use aes_siv::KeyInit as _;
    use aes_siv::siv::Aes256Siv;
    use proptest::prelude::*;

    use super::*;

    fn data(siv: &Siv, components: &[Vec<u8>]) -> Components {
        let none = siv.start();
        components
            .iter()
            .fold(none, |before, next| siv.and(&before, next))
    }

    /// RFC 5297 has vectors for keys of 32 bytes only; the crate is tested against those, and the
    /// format's own vectors were made by another implementation still.
    fn by_the_crate(key: &[u8; 64], components: &[Vec<u8>], body: &[u8]) -> (Tag, Vec<u8>) {
        let mut body = body.to_vec();
        let tag = Aes256Siv::new(key.into())
            .encrypt_in_place_detached(components, &mut body)
            .expect("few components");
        (tag.into(), body)
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_crate_aes_siv(
            key: [u8; 32],
            more: [u8; 32],
            components in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 0..5),
            body in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let key: [u8; 64] = [key, more].concat().try_into().expect("64");
            let siv = Siv::new(&key);
            let data = data(&siv, &components);
            let mut sealed = body.clone();
            let tag = siv.encrypt(&data, &mut sealed);
            prop_assert_eq!((tag, sealed.clone()), by_the_crate(&key, &components, &body));
            let mut opened = sealed;
            siv.decrypt(&data, &tag, &mut opened).expect("opens");
            prop_assert_eq!(opened, body);
        }

        #[test]
        fn in_pieces_it_is_the_same(
            body in prop::collection::vec(any::<u8>(), TAG_BYTES..300),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
            flip in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let siv = Siv::new(&[7; 64]);
            let data = data(&siv, &[b"A".to_vec()]);
            let mut sealed = body.clone();
            let tag = siv.encrypt(&data, &mut sealed);
            if let Some(at) = &flip {
                sealed[at.index(body.len())] ^= 1;
            }
            let damaged = sealed.clone();
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(body.len())).collect();
            cuts.push(body.len());
            cuts.sort_unstable();
            let mut decryption = siv.start_decrypting(&data, &tag);
            let mut from = 0;
            for cut in cuts {
                decryption.decrypt(&mut sealed[from..cut]);
                from = cut;
            }
            let (before, last) = sealed.split_last_chunk().expect("long enough");
            before.chunks(23).for_each(|piece| decryption.authenticate(piece));
            prop_assert_eq!(decryption.verify(last).is_ok(), flip.is_none());
            if flip.is_none() {
                prop_assert_eq!(&sealed, &body);
            }
            siv.undo(&tag, &mut sealed);
            prop_assert_eq!(sealed, damaged);
        }

        #[test]
        fn what_was_changed_stays_as_it_is(
            body in prop::collection::vec(any::<u8>(), 1..80),
            at: prop::sample::Index,
            bit in 0..8u8,
        ) {
            let siv = Siv::new(&[7; 64]);
            let data = data(&siv, &[b"A".to_vec()]);
            let mut sealed = body;
            let mut tag = siv.encrypt(&data, &mut sealed);
            let at = at.index(sealed.len() + TAG_BYTES);
            match at.checked_sub(TAG_BYTES) {
                Some(at) => sealed[at] ^= 1 << bit,
                None => tag[at] ^= 1 << bit,
            }
            let damaged = sealed.clone();
            prop_assert_eq!(siv.decrypt(&data, &tag, &mut sealed), Err(NotAuthentic));
            prop_assert_eq!(sealed, damaged);
        }
    }
}
