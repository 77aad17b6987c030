//! Width and height of pictures from the first bytes of their files, so that pages do not jump while they load.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use rayon::prelude::*;

use crate::page::corpus::Target;
use crate::page::{Corpus, PageId};

/// Sizes of the pictures of a corpus, by path. Files that cannot be read or understood are left out.
pub fn sizes(corpus: &Corpus) -> BTreeMap<String, (u32, u32)> {
    let pictures: Vec<&String> = corpus.files.iter().filter(|f| is_picture(f)).collect();
    pictures.par_iter().filter_map(|path| Some(((*path).clone(), read(corpus, path)?))).collect()
}

/// Sizes of the pictures on one page.
pub fn sizes_on(corpus: &Corpus, id: PageId) -> BTreeMap<String, (u32, u32)> {
    let targets = corpus.page(id).body.images.iter().filter_map(|i| match corpus.resolve(id, &i.dest) {
        Target::File(path) => Some(path),
        _ => None,
    });
    targets.filter(|p| is_picture(p)).filter_map(|path| read(corpus, &path).map(|s| (path, s))).collect()
}

fn read(corpus: &Corpus, path: &str) -> Option<(u32, u32)> {
    let mut head = Vec::new();
    File::open(corpus.root.join(path)).ok()?.take(65_536).read_to_end(&mut head).ok()?;
    size(&head)
}

fn is_picture(path: &str) -> bool {
    let ext = path.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
    matches!(ext.as_str(), "png" | "gif" | "jpg" | "jpeg" | "webp")
}

fn size(head: &[u8]) -> Option<(u32, u32)> {
    let be32 = |at: usize| Some(u32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?));
    let le16 = |at: usize| Some(u32::from(u16::from_le_bytes(head.get(at..at + 2)?.try_into().ok()?)));
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some((be32(16)?, be32(20)?));
    }
    if head.starts_with(b"GIF8") {
        return Some((le16(6)?, le16(8)?));
    }
    if head.starts_with(b"RIFF") && head.get(12..16)? == b"VP8 " {
        return Some((le16(26)? & 0x3FFF, le16(28)? & 0x3FFF));
    }
    if head.starts_with(b"\xFF\xD8") { jpeg(head) } else { None }
}

/// The first start-of-frame segment of a JPEG file.
fn jpeg(head: &[u8]) -> Option<(u32, u32)> {
    let be16 = |at: usize| Some(u16::from_be_bytes(head.get(at..at + 2)?.try_into().ok()?));
    let mut at = 2;
    loop {
        if *head.get(at)? != 0xFF {
            return None;
        }
        let marker = *head.get(at + 1)?;
        if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
            return Some((u32::from(be16(at + 7)?), u32::from(be16(at + 5)?)));
        }
        at += 2 + usize::from(be16(at + 2)?);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_read_from_headers() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend([0, 0, 1, 0, 0, 0, 0, 80]);
        assert_eq!(super::size(&png), Some((256, 80)));
        let jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xC0, 0, 17, 8, 0, 100, 0, 200, 3];
        assert_eq!(super::size(&jpeg), Some((200, 100)));
        assert_eq!(super::size(b"<svg>"), None);
    }
}
