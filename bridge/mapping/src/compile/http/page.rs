//! `page`: a list that comes in pages.

use super::super::Compiler;
use super::super::names::{Answer, Names, Reply};
use crate::data::Data;
use crate::file::operation::PageFile;
use crate::file::read::{Entry, TreeNode};
use crate::model::{OnlyPage, PageBy, Paging};
use crate::slot::{Slot, Type};
use crate::tree::Tree;

/// Items of a page where nothing is said.
const SIZE: i64 = 50;

impl Compiler<'_> {
    /// `names` has the root `page`, and has seen the request; `answer` is what a document says of it; `returns` is the type of
    /// the whole list.
    pub(super) fn paging(
        &mut self,
        Entry { key, value: file }: &Entry<PageFile>,
        names: &Names<'_>,
        answer: Option<Answer>,
        returns: Option<&Slot>,
    ) -> Option<Paging> {
        if let Some(by) = &file.by
            && by.value.value == PageBy::Keyset
        {
            self.error_help(
                551,
                &by.value.scalar.place,
                "keys are of SQL",
                "write `number`, `offset`, `range`, `cursor`, `link` or `url`",
            );
            return None;
        }
        if let Some(unique) = &file.unique {
            self.error(551, &unique.key, "`unique` is of SQL");
            return None;
        }
        let Some(by) = file.by.as_ref().map(|by| by.value.value) else {
            if !file.faulty {
                self.error_help(
                    116,
                    key,
                    "`page` says not how the next one is found",
                    "write `by: number`, `offset`, `range`, `cursor`, `link` or `url`",
                );
            }
            return None;
        };
        if let Some(slot) = returns
            && !matches!(slot.kind, Type::List(..) | Type::Any)
        {
            self.error_help(
                551,
                key,
                "pages make one list, and `returns` says no list",
                "write `returns: Type[]`",
            );
            return None;
        }
        let told = matches!(by, PageBy::Cursor | PageBy::Url);
        match &file.next {
            None if told => {
                self.error_help(
                    551,
                    key,
                    "nothing says where the next page is told",
                    "write `next: =reply.body.next`",
                );
                return None;
            }
            Some(next) if !told => {
                self.error(
                    551,
                    &next.key,
                    "`next` belongs to `by: cursor` and `by: url`",
                );
                return None;
            }
            Some(_) | None => {}
        }
        if let (Some(number), Some(offset)) = (&file.number, &file.offset) {
            let line = self.line(&offset.key, &number.key);
            self.error(
                551,
                &offset.key,
                format!("the page is said once: `number` stands in {line}"),
            );
            return None;
        }
        if let Some(member) = needed(by)
            && !names.pages().contains(member)
        {
            self.error_help(
                551,
                key,
                "the request does not say which page it asks for: each one would be the first",
                format!("write `=page.{member}` where the service wants it, as in `query: {{from: =page.{member}}}`"),
            );
            return None;
        }
        let seen = names.with_reply(Some(Reply::Rest)).with_answer(answer);
        let size = match &file.size {
            Some(size) => self.tree(&size.value.0, names)?,
            None => Tree::Constant(Data::Int(SIZE)),
        };
        let version = self.version_of(key);
        let mut of = |entry: Option<&Entry<TreeNode>>, names: &Names<'_>| match entry {
            Some(entry) => self.tree(&entry.value.0, names).map(Some),
            None => Some(None),
        };
        let number = of(file.number.as_ref(), names)?;
        let offset = of(file.offset.as_ref(), names)?;
        Some(Paging {
            by,
            size,
            only: number
                .map(OnlyPage::Number)
                .or_else(|| offset.map(OnlyPage::Offset)),
            next: of(file.next.as_ref(), &seen)?,
            total: of(file.total.as_ref(), &seen)?,
            version,
        })
    }
}

/// The member of `page` without which every request is the same.
fn needed(by: PageBy) -> Option<&'static str> {
    match by {
        PageBy::Number => Some("number"),
        PageBy::Offset | PageBy::Range => Some("offset"),
        PageBy::Cursor => Some("cursor"),
        PageBy::Keyset | PageBy::Link | PageBy::Url => None,
    }
}
