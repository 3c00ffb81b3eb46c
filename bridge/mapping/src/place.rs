//! Where in a value something stands, kept on the stack and written out only for a fault.

/// A part of the way to a place.
#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    /// A member.
    Name(&'a str),
    /// An item.
    Index(usize),
}

/// A place and the way to it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    parent: Option<&'a Self>,
    part: Part<'a>,
    /// How many parts lead here.
    pub depth: usize,
}

impl<'a> Place<'a> {
    /// The argument `name`; of a reply, which has no name, the empty text.
    pub fn root(name: &'a str) -> Self {
        Self {
            parent: None,
            part: Part::Name(name),
            depth: 0,
        }
    }

    /// A member of what stands here.
    pub fn member<'b>(&'b self, name: &'b str) -> Place<'b>
    where
        'a: 'b,
    {
        self.below(Part::Name(name))
    }

    /// An item of what stands here.
    pub fn item(&self, index: usize) -> Place<'_> {
        self.below(Part::Index(index))
    }

    fn below<'b>(&'b self, part: Part<'b>) -> Place<'b>
    where
        'a: 'b,
    {
        Place {
            parent: Some(self),
            part,
            depth: self.depth + 1,
        }
    }

    /// The place as `order.lines[2].qty`.
    pub fn path(&self) -> String {
        let mut parts = vec![self.part];
        let mut above = self.parent;
        while let Some(place) = above {
            parts.push(place.part);
            above = place.parent;
        }
        let mut path = String::new();
        for part in parts.iter().rev() {
            match part {
                Part::Name(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
                Part::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }
}
