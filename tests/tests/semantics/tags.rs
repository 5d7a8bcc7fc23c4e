//! Reads `entity-tag.vec`, `entity-tag-list.vec` and `comparison.vec`.

use proptest::collection::vec;
use proptest::prelude::*;
use sanderling::semantics::{EntityTag, EntityTagMember, entity_tags};

use crate::records::{cases, check, check_each, octets, written};

fn told(tag: EntityTag<'_>) -> Vec<u8> {
    let kind: &[u8] = if tag.is_weak() { b"weak" } else { b"strong" };
    [kind, if tag.opaque().is_empty() { b"" } else { b" " }, tag.opaque()].concat()
}

#[test]
fn tags() {
    check_each("entity-tag.vec", |_, value| vec![EntityTag::parse(value).map_or(b"none".to_vec(), told)]);
}

#[test]
fn lists() {
    check_each("entity-tag-list.vec", |_, value| {
        let told = |member| match member {
            EntityTagMember::Any => b"any".to_vec(),
            EntityTagMember::Tag(tag) => told(tag),
            EntityTagMember::Malformed(member) => [b"malformed ", member].concat(),
        };
        entity_tags(value).map(told).collect()
    });
}

#[test]
fn comparison() {
    check("comparison.vec", |record| {
        let values = octets(record, "in");
        let tags: Vec<_> = values.iter().map(|value| EntityTag::parse(value).unwrap()).collect();
        let [one, other] = tags[..] else { panic!("{record}: two tags are compared") };
        assert_eq!(one.matches_strongly(other), other.matches_strongly(one), "{record}");
        assert_eq!(one.matches_weakly(other), other.matches_weakly(one), "{record}");
        let told = |kind, matches| format!("{kind} {}", if matches { "match" } else { "no match" }).into_bytes();
        vec![told("strong", one.matches_strongly(other)), told("weak", one.matches_weakly(other))]
    });
}

fn opaque() -> impl Strategy<Value = Vec<u8>> {
    let etagc = any::<u8>().prop_filter("no etagc", |octet| matches!(octet, 0x21 | 0x23..=0x7e | 0x80..));
    vec(prop_oneof![etagc, Just(b','), Just(b'\\'), Just(b'*')], 0..12)
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn what_is_written_is_read(opaques in vec((opaque(), any::<bool>()), 0..6)) {
        let tags: Vec<_> = opaques.iter().map(|(opaque, is_weak)| {
            if *is_weak { EntityTag::weak(opaque) } else { EntityTag::strong(opaque) }.unwrap()
        }).collect();
        let mut list = Vec::new();
        for tag in &tags {
            let text = written(|out| tag.write(out));
            prop_assert_eq!(EntityTag::parse(&text), Some(*tag));
            prop_assert_eq!(&tag.to_vec(), &text);
            list.extend_from_slice(&text);
            list.extend_from_slice(b" ,\t");
        }
        prop_assert!(entity_tags(&list).eq(tags.iter().copied().map(EntityTagMember::Tag)));
    }

    /// Octets of which a tag cannot be made are the ones that are not read in one.
    #[test]
    fn what_cannot_be_made_cannot_be_read(octets in vec(any::<u8>(), 0..4)) {
        let quoted = [b"\"", &octets[..], b"\""].concat();
        prop_assert_eq!(EntityTag::strong(&octets), EntityTag::parse(&quoted));
    }
}
