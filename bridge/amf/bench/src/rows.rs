//! The rows that all contenders read and write.

/// One row of ten mixed columns.
pub struct Row {
    pub id: i32,
    pub name: String,
    pub category: &'static str,
    pub code: String,
    pub price: f64,
    pub weight: f64,
    pub stock: i32,
    pub active: bool,
    pub added: f64,
    pub note: Option<String>,
}

pub const COLUMNS: [&str; 10] = [
    "id", "name", "category", "code", "price", "weight", "stock", "active", "added", "note",
];
pub const CLASS: &str = "samples.Product";

/// So many rows; the category repeats, the other text does not.
pub fn make(count: usize) -> Vec<Row> {
    let categories = ["tools", "garden", "kitchen", "office", "toys"];
    (0..count)
        .map(|number| {
            let id = i32::try_from(number).expect("few rows");
            Row {
                id,
                name: format!("Product {number}"),
                category: categories[number % categories.len()],
                code: format!("P-{:06}", number * 7),
                price: f64::from(id) * 1.25 + 0.99,
                weight: f64::from(id % 100) / 8.0 + 0.1,
                stock: id * 3 % 5_000,
                active: number % 3 != 0,
                added: 1_700_000_000_000.0 + f64::from(id) * 60_000.0,
                note: (number % 4 == 0).then(|| format!("note {number}")),
            }
        })
        .collect()
}

impl Row {
    /// The row as text, in which all contenders agree.
    pub fn flat(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.name.clone(),
            self.category.to_owned(),
            self.code.clone(),
            self.price.to_string(),
            self.weight.to_string(),
            self.stock.to_string(),
            self.active.to_string(),
            self.added.to_string(),
            self.note.clone().unwrap_or_else(|| "null".to_owned()),
        ]
    }
}
