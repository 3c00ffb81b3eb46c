//! Whether the elements of a type come in one order.

use crate::model::{Complex, Content, Model, Particle, Term};

/// Particles within each other that are looked at.
const MAX_DEPTH: usize = 64;

/// Whether the elements of a type come in the order of its fields, whatever is there and whatever is missing. Where that
/// depends (on what repeats, on what may stand in another's place), any order is taken for right.
pub(super) fn has_one(model: &Model, complex: &Complex) -> bool {
    let Content::Elements(particle) = &complex.content else {
        return true;
    };
    let mut elements = 0;
    let one = ordered(model, particle, &mut elements, 0);
    // A name that stands in several places is one field.
    one && elements == complex.fields.len()
}

fn ordered(model: &Model, particle: &Particle, elements: &mut usize, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let within = match &particle.term {
        Term::Element(id) => {
            *elements += 1;
            return model.element(*id).substitutes.is_empty();
        }
        Term::Any(_) => return true,
        Term::All(_) => return false,
        Term::Sequence(within) | Term::Choice(within) => within,
    };
    particle.max == Some(1)
        && within
            .iter()
            .all(|particle| ordered(model, particle, elements, depth + 1))
}
