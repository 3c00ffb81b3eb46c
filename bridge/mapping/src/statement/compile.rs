//! From a text of the mapping to a [`Statement`].

use std::collections::BTreeMap;

use super::cases::{cases, too_many};
use super::clauses::clauses;
use super::emit::emit;
use super::lines::{Lines, lines};
use super::names::StatementNames;
use super::scan::{Token, scan};
use super::text::TextCache;
use super::{Dialect, MOST_TEXTS, Statement, Variant};
use crate::diagnostic::Problem;

/// Makes every text that `text` can become. ORDER BY of `order` is added by [`Statement::with_order`].
///
/// # Errors
/// All problems of the text: B0401–B0406, B0408, B0409, B0411, B0415–B0424.
pub fn compile(
    text: &str,
    dialect: Dialect,
    names: &dyn StatementNames,
) -> Result<Statement, Vec<Problem>> {
    let tokens = scan(text, dialect).map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    let clauses = clauses(text, &tokens, &mut problems);
    let lines = lines(text, &tokens, &mut problems);
    let cases = cases(&lines.conditions, names).unwrap_or_else(|faults| {
        problems.extend(faults);
        // The text with all its lines is looked at still, so that one run tells everything.
        vec![u64::MAX]
    });

    let mut variants: Vec<Variant> = Vec::new();
    let mut by_lines: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
    let mut by_case = BTreeMap::new();
    for case in cases {
        let stands = standing(&lines, case);
        if let Some(&known) = by_lines.get(&stands) {
            by_case.insert(case, known);
            continue;
        }
        if by_lines.len() >= MOST_TEXTS {
            by_lines.insert(stands, usize::MAX);
            continue;
        }
        let kept = kept(&lines, &stands, &tokens);
        let mut variant = emit(text, dialect, &kept, names, &mut problems);
        variant.case = (0..lines.conditions.len())
            .map(|bit| holds(case, bit))
            .collect();
        let index = variants
            .iter()
            .position(|known| known.text == variant.text)
            .unwrap_or_else(|| {
                variants.push(variant);
                variants.len() - 1
            });
        by_lines.insert(stands, index);
        by_case.insert(case, index);
    }
    if by_lines.len() > MOST_TEXTS {
        let at = lines
            .conditions
            .last()
            .map_or(0..0, |last| last.start..last.start + last.text.len());
        problems.push(too_many(at, by_lines.len()));
    }
    if !problems.is_empty() {
        problems.sort_by_key(|problem| (problem.span.start, problem.code));
        problems.dedup();
        return Err(problems);
    }
    let (condition_texts, conditions) = lines
        .conditions
        .into_iter()
        .map(|condition| (condition.text, condition.expression))
        .unzip();
    Ok(Statement {
        dialect,
        conditions,
        condition_texts,
        variants,
        by_case,
        order: None,
        own_order: clauses.own_order,
        writes: clauses.writes,
        capped_by_text: clauses.capped_by_text,
        filtered: super::Filtered::Open,
        tail: clauses.tail,
        texts: TextCache::default(),
    })
}

fn holds(case: u64, bit: usize) -> bool {
    u32::try_from(bit)
        .ok()
        .and_then(|bit| case.checked_shr(bit))
        .is_none_or(|rest| rest & 1 == 1)
}

/// Which lines stand in a case.
fn standing(lines: &Lines, case: u64) -> Vec<bool> {
    lines
        .lines
        .iter()
        .map(|line| line.guards.iter().all(|&guard| holds(case, guard)))
        .collect()
}

fn kept<'a>(lines: &Lines, stands: &[bool], tokens: &'a [Token]) -> Vec<&'a Token> {
    lines
        .lines
        .iter()
        .zip(stands)
        .filter(|(_, stands)| **stands)
        .flat_map(|(line, _)| tokens.get(line.tokens.clone()).unwrap_or_default())
        .collect()
}
