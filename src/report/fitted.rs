//! A page cut to what a comment takes.

use super::comment::COMMENT_BYTES_MAX;
use super::markdown::markdown;
use super::page::{Page, Section};

/// The page with as much in it as a comment takes: of what is too long, the ends of the longest tables and lists are left
/// out and counted, folded ones first.
pub fn fitted(page: &Page) -> Page {
    let mut kept: Vec<usize> = page.sections.iter().map(Section::rows).collect();
    loop {
        let cut = cut(page, &kept);
        let longest = (0..kept.len()).filter(|&index| kept[index] > 0);
        match longest.max_by_key(|&index| (page.sections[index].folded, kept[index])) {
            Some(index) if markdown(&cut).len() > COMMENT_BYTES_MAX => kept[index] = kept[index] * 3 / 4,
            _ => return cut,
        }
    }
}

fn cut(page: &Page, kept: &[usize]) -> Page {
    let mut page = page.clone();
    for (section, &kept) in page.sections.iter_mut().zip(kept) {
        let rows = section.table.as_ref().map_or(0, |table| table.rows.len());
        let left_out = rows.saturating_sub(kept) + section.notes.len().saturating_sub(kept);
        if left_out > 0 {
            section.table.iter_mut().for_each(|table| table.rows.truncate(kept));
            section.notes.truncate(kept);
            let text = section.text.take().map_or(String::new(), |text| format!("{text} "));
            section.text = Some(format!("{text}{left_out} more do not fit here; --all --format terminal prints them."));
        }
    }
    page
}
