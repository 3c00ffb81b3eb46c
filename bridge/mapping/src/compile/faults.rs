//! `faults` maps and the kind `fault`.

use super::Compiler;
use super::names::Names;
use crate::diagnostic::{Diagnostic, Place, suggestion};
use crate::file::faults::{FaultFile, FaultRuleFile, FaultsFile};
use crate::file::read::{Entry, Parsed, TreeNode};
use crate::file::yaml::Scalar;
use crate::model::{FaultKey, FaultRule, FaultRules};
use crate::slot::{Slot, Type};
use crate::text::Text;
use crate::tree::Tree;

/// A fault as it is written, in a rule or as a kind.
struct FaultParts<'f> {
    code: Option<&'f Entry<Scalar>>,
    message: Option<&'f Entry<Parsed<Text>>>,
    detail: Option<&'f Entry<Parsed<Text>>>,
    data: Option<&'f Entry<TreeNode>>,
    /// Something in it has been told of already.
    faulty: bool,
}

impl Compiler<'_> {
    /// One `faults` map; `names` has `fault`.
    pub(super) fn fault_rules(&mut self, file: &FaultsFile, names: &Names<'_>) -> FaultRules {
        let mut rules = FaultRules::default();
        for (key, condition, rule) in &file.conditions {
            let condition = self.condition(condition, "when ".len(), names);
            let rule = self.fault_rule(key, rule, names);
            if let (Some(condition), Some(rule)) = (condition, rule) {
                rules.conditions.push((condition, rule));
            }
        }
        for (key, rule) in &file.words {
            let word = self.fault_key(key);
            let rule = self.fault_rule(key, rule, names);
            if let (Some(word), Some(rule)) = (word, rule) {
                rules.words.push((word, rule));
            }
        }
        rules
    }

    fn fault_key(&mut self, key: &Scalar) -> Option<FaultKey> {
        let text = &*key.text;
        if let Some((_, word)) = FaultKey::WORDS.iter().find(|(word, _)| *word == text) {
            return Some(word.clone());
        }
        if text == "when" {
            self.error(
                604,
                &key.place,
                "`when` stands before a condition: `when changed == 0`",
            );
            return None;
        }
        let bytes = text.as_bytes();
        match bytes {
            [class @ b'1'..=b'5', b'x', b'x'] => return Some(FaultKey::StatusClass(class - b'0')),
            [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'] => {
                return text.parse().ok().map(FaultKey::Status);
            }
            _ => {}
        }
        let code = !bytes.is_empty()
            && bytes.iter().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b':')
            });
        if !code {
            let message = format!("`{text}` names no fault");
            self.error_help(
                604,
                &key.place,
                message,
                "write a status, an SQLSTATE, a word such as `duplicate`, or `when CONDITION`",
            );
            return None;
        }
        if let Some(meant) = suggestion(text, FaultKey::WORDS.iter().map(|(word, _)| *word)) {
            self.diagnostics.push(
                Diagnostic::warning(
                    605,
                    &key.place,
                    format!("`{text}` is taken as the code of a fault"),
                )
                .help(format!("did you mean `{meant}`?")),
            );
        }
        Some(FaultKey::Code(key.text.clone()))
    }

    fn fault_rule(
        &mut self,
        key: &Scalar,
        rule: &FaultRuleFile,
        names: &Names<'_>,
    ) -> Option<FaultRule> {
        let keys = match rule {
            FaultRuleFile::Null => {
                return Some(FaultRule::Value(Tree::Constant(crate::data::Data::Null)));
            }
            FaultRuleFile::Keys(keys) => keys,
        };
        if let Some(Entry { key: place, value }) = &keys.value {
            if let Some((other, _)) = keys
                .written()
                .into_iter()
                .find(|(name, _)| *name != "value")
            {
                self.error(
                    606,
                    place,
                    format!("a rule gives a value or a fault; it has `value` and `{other}`"),
                );
                return None;
            }
            self.check_given(&value.0, names, None);
            return self.tree(&value.0, names).map(FaultRule::Value);
        }
        let parts = FaultParts {
            code: keys.code.as_ref(),
            message: keys.message.as_ref(),
            detail: keys.detail.as_ref(),
            data: keys.data.as_ref(),
            faulty: keys.faulty,
        };
        self.fault(&key.place, &parts, names)
    }

    /// The kind `fault`.
    pub(super) fn always_fault(
        &mut self,
        place: &Place,
        file: &FaultFile,
        names: &Names<'_>,
    ) -> Option<FaultRule> {
        let parts = FaultParts {
            code: file.code.as_ref(),
            message: file.message.as_ref(),
            detail: file.detail.as_ref(),
            data: file.data.as_ref(),
            faulty: file.faulty,
        };
        self.fault(place, &parts, names)
    }

    fn fault(
        &mut self,
        place: &Place,
        parts: &FaultParts<'_>,
        names: &Names<'_>,
    ) -> Option<FaultRule> {
        let data = match parts.data {
            Some(data) => {
                self.check_given(&data.value.0, names, None);
                Some(self.tree(&data.value.0, names)?)
            }
            None => None,
        };
        let detail = parts.detail.map(|detail| self.text(&detail.value, names));
        let text = parts
            .message
            .map(|message| self.text(&message.value, names));
        let (Some(code), Some(message)) = (parts.code, text) else {
            if !parts.faulty {
                self.error_help(
                    116,
                    place,
                    "a fault has a `code` and a `message`",
                    "write `{code: Client.Something, message: what the user reads}`",
                );
            }
            return None;
        };
        Some(FaultRule::Fault {
            code: code.value.text.clone(),
            message,
            detail,
            data,
        })
    }

    /// `404: null` where the reply cannot be null.
    pub(super) fn check_null_rules(
        &mut self,
        faults: Option<&Entry<FaultsFile>>,
        returns: Option<&Parsed<Slot>>,
    ) {
        let (Some(faults), Some(returns)) = (faults, returns) else {
            return;
        };
        let never_null = match &returns.value.kind {
            Type::Nullable(_) | Type::Any | Type::Void | Type::Hide => false,
            Type::Scalar(_)
            | Type::Ranged(..)
            | Type::Words(_)
            | Type::Named(_)
            | Type::List(..) => returns.value.default.is_none(),
        };
        if !never_null {
            return;
        }
        let conditions = faults
            .value
            .conditions
            .iter()
            .map(|(key, _, rule)| (key, rule));
        let words = faults.value.words.iter().map(|(key, rule)| (key, rule));
        for (key, rule) in conditions.chain(words) {
            if *rule == FaultRuleFile::Null {
                self.error(
                    307,
                    &key.place,
                    format!(
                        "the reply may be null here; write `returns: {}?`",
                        returns.value.kind
                    ),
                );
            }
        }
    }
}
