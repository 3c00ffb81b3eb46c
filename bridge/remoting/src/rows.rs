//! Rows, written one by one as they come from the database.
//!
//! A record set is what the ActionScript classes `mx.remoting.RecordSet` read:
//!
//! ```text
//! RecordSet {serverInfo: {version 1, id null, serviceName, columnNames [..], cursor 1,
//!                         initialData [[cell, ..], ..], totalCount}}
//! ```
//!
//! `version` must be 1; `cursor` is the 1-based position of the first row; `id` matters only where rows are
//! still to be fetched. The count stands last, since it is known last; the client looks members up by name.
//!
//! For the rows that are missing the client calls `serviceName.getRecords(id, first, count)`, and reads of the answer
//!
//! ```text
//! RecordSetPage {Cursor 51, Page [[cell, ..], ..]}
//! ```

use std::sync::{Arc, LazyLock};

use footbridge_amf::amf3::Members;
use footbridge_amf::{Class, Sink, WriteError};

use crate::shape::ListShape;

/// A list of rows that is being written: [`begin_row`](Rows::begin_row), the cells in the order of
/// `class.sealed` as events of the sink, [`end_row`](Rows::end_row), …, [`end`](Rows::end).
#[derive(Debug)]
pub struct Rows {
    layout: Layout,
    count: u32,
}

#[derive(Debug)]
enum Layout {
    /// Rows are arrays of cells; how many there are in all, where these are only the first.
    RecordSet(Option<u64>),
    /// The same, further rows of a record set.
    Page,
    /// Rows are objects of the class, in a list of the shape.
    Objects(ListShape, Arc<Class>),
    /// The items are the only cell of each row: a vector of numbers.
    Cells(ListShape),
}

impl Rows {
    /// Begins rows of `class` in `shape`. `service` is the name that a record set's client would ask for further rows.
    ///
    /// # Errors
    /// As the sink's events.
    pub fn begin(
        sink: &mut dyn Sink,
        shape: &ListShape,
        class: &Arc<Class>,
        service: &str,
    ) -> Result<Self, WriteError> {
        let layout = match shape {
            ListShape::RecordSet => {
                begin_record_set(sink, class, service, None)?;
                Layout::RecordSet(None)
            }
            ListShape::FirstPage { id, total } => {
                begin_record_set(sink, class, PAGES, Some(id))?;
                Layout::RecordSet(Some(*total))
            }
            ListShape::Page { cursor } => {
                sink.begin_object(&PAGE)?;
                sink.number(as_number(*cursor))?;
                sink.begin_array()?;
                Layout::Page
            }
            ListShape::VectorInt | ListShape::VectorUint | ListShape::VectorNumber => {
                shape.begin(sink)?;
                Layout::Cells(shape.clone())
            }
            ListShape::Array | ListShape::ArrayCollection | ListShape::VectorObject(_) => {
                shape.begin(sink)?;
                Layout::Objects(shape.clone(), Arc::clone(class))
            }
        };
        Ok(Self { layout, count: 0 })
    }

    /// Begins a row.
    ///
    /// # Errors
    /// As the sink's events.
    pub fn begin_row(&mut self, sink: &mut dyn Sink) -> Result<(), WriteError> {
        self.count = self.count.saturating_add(1);
        match &self.layout {
            Layout::RecordSet(_) | Layout::Page => sink.begin_array(),
            Layout::Objects(_, class) => sink.begin_object(class),
            Layout::Cells(_) => Ok(()),
        }
    }

    /// Begins a row that is an object, in AMF3; `None` for other rows, which [`begin_row`](Self::begin_row) begins.
    ///
    /// # Errors
    /// As the sink's events.
    #[inline]
    pub fn begin_members<'w>(
        &mut self,
        sink: &'w mut dyn Sink,
    ) -> Result<Option<Members<'w>>, WriteError> {
        let Layout::Objects(_, class) = &self.layout else {
            return Ok(None);
        };
        let Some(writer) = sink.amf3() else {
            return Ok(None);
        };
        self.count = self.count.saturating_add(1);
        writer.object(class).map(Some)
    }

    /// Whether cells are members of what [`begin_row`](Self::begin_row) began, and no items of a vector of numbers.
    pub fn have_members(&self) -> bool {
        match self.layout {
            Layout::RecordSet(_) | Layout::Page | Layout::Objects(..) => true,
            Layout::Cells(_) => false,
        }
    }

    /// Ends a row.
    ///
    /// # Errors
    /// As the sink's events.
    pub fn end_row(&mut self, sink: &mut dyn Sink) -> Result<(), WriteError> {
        match &self.layout {
            Layout::RecordSet(_) | Layout::Page | Layout::Objects(..) => sink.end(),
            Layout::Cells(_) => Ok(()),
        }
    }

    /// Ends the list.
    ///
    /// # Errors
    /// As the sink's events.
    pub fn end(self, sink: &mut dyn Sink) -> Result<(), WriteError> {
        match self.layout {
            Layout::RecordSet(total) => {
                sink.end()?;
                sink.member("totalCount")?;
                sink.number(total.map_or_else(|| f64::from(self.count), as_number))?;
                sink.end()?;
                sink.end()
            }
            Layout::Page => {
                sink.end()?;
                sink.end()
            }
            Layout::Objects(shape, _) | Layout::Cells(shape) => shape.end(sink),
        }
    }

    /// How many rows have begun.
    pub fn count(&self) -> u32 {
        self.count
    }
}

/// Positions and counts, as the clients have them.
#[expect(
    clippy::cast_precision_loss,
    reason = "no record set has 2^53 rows, and clients count by doubles"
)]
fn as_number(count: u64) -> f64 {
    count as f64
}

fn begin_record_set(
    sink: &mut dyn Sink,
    class: &Class,
    service: &str,
    id: Option<&str>,
) -> Result<(), WriteError> {
    sink.begin_object(&RECORD_SET)?;
    sink.begin_object(&ANONYMOUS)?;
    sink.member("version")?;
    sink.number(1.0)?;
    sink.member("id")?;
    match id {
        Some(id) => sink.string(id)?,
        None => sink.null()?,
    }
    sink.member("serviceName")?;
    sink.string(service)?;
    sink.member("columnNames")?;
    sink.begin_array()?;
    for column in &class.sealed {
        sink.string(column)?;
    }
    sink.end()?;
    sink.member("cursor")?;
    sink.number(1.0)?;
    sink.member("initialData")?;
    sink.begin_array()
}

/// The service that clients of record sets ask for further rows.
pub const PAGES: &str = "PageableResult";

static PAGE: LazyLock<Arc<Class>> = LazyLock::new(|| {
    Arc::new(Class {
        alias: "RecordSetPage".to_owned(),
        sealed: vec!["Cursor".to_owned(), "Page".to_owned()],
        dynamic: false,
    })
});

static RECORD_SET: LazyLock<Arc<Class>> = LazyLock::new(|| {
    Arc::new(Class {
        alias: "RecordSet".to_owned(),
        sealed: vec!["serverInfo".to_owned()],
        dynamic: false,
    })
});

static ANONYMOUS: LazyLock<Arc<Class>> = LazyLock::new(|| Arc::new(Class::anonymous()));
