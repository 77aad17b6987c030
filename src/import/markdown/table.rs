//! Tables: pipe tables wherever a pipe table can say it, else HTML tables whose cells hold Markdown.

use super::super::document::{Block, Cell, Inline, ListItem, Table};
use super::super::flow;
use super::Writer;
use super::escape;
use super::inline::Line;

impl Writer<'_> {
    /// A table as Markdown.
    pub(super) fn table(&mut self, table: &Table) -> String {
        let mut parts = Vec::new();
        if !table.caption.is_empty() {
            parts.push(self.paragraph(&[Inline::Emphasis(table.caption.clone())]));
        }
        if table.rows.iter().flatten().all(fits_in_pipes) {
            parts.push(self.pipe_table(table));
        } else {
            parts.push(self.html_table(table));
        }
        parts.join("\n\n")
    }

    fn pipe_table(&mut self, table: &Table) -> String {
        let columns = table.rows.iter().map(Vec::len).max().unwrap_or(0);
        let headed = is_headed(table);
        let mut lines = Vec::with_capacity(table.rows.len() + 2);
        let mut rows = table.rows.iter();
        let head: Vec<String> = if headed { rows.next().map(|r| self.row(r, true)).unwrap_or_default() } else { Vec::new() };
        lines.push(pipe_line(&head, columns));
        lines.push(format!("|{}", " --- |".repeat(columns)));
        for row in rows {
            let cells = self.row(row, false);
            lines.push(pipe_line(&cells, columns));
        }
        lines.join("\n")
    }

    fn row(&mut self, row: &[Cell], is_head: bool) -> Vec<String> {
        row.iter().map(|cell| self.pipe_cell(cell, is_head)).collect()
    }

    fn pipe_cell(&mut self, cell: &Cell, is_head: bool) -> String {
        // A header cell outside the first row has no sign of its own in a pipe table: it is bold, as it was seen. One in the first row is bold by itself.
        let blocks = match (cell.header, is_head) {
            (true, false) => bold(&cell.blocks),
            (true, true) => cell.blocks.iter().map(unbold).collect(),
            (false, _) => cell.blocks.clone(),
        };
        self.cell_blocks(&blocks).replace('|', "\\|")
    }

    /// Blocks on one line.
    fn cell_blocks(&mut self, blocks: &[Block]) -> String {
        let mut out = String::new();
        let mut after_text = false;
        for block in blocks {
            match block {
                Block::Paragraph(content) | Block::Heading { content, .. } => {
                    let text = self.inlines(content, Line::Cell);
                    if after_text && !text.is_empty() {
                        out.push_str("<br>");
                    }
                    after_text = after_text || !text.is_empty();
                    out.push_str(&text);
                }
                Block::List { items, .. } if is_flat_tasks(items) => {
                    for item in items {
                        if after_text {
                            out.push_str("<br>");
                        }
                        after_text = true;
                        out.push_str(if item.task == Some(true) { "☑ " } else { "☐ " });
                        out.push_str(&self.cell_blocks(&item.blocks));
                    }
                }
                Block::List { start, items } => {
                    after_text = false;
                    out.push_str(&self.cell_list(*start, items));
                }
                _ => {}
            }
        }
        out
    }

    fn cell_list(&mut self, start: Option<u64>, items: &[ListItem]) -> String {
        let (open, close) = match start {
            Some(1) => ("<ol>".to_owned(), "</ol>"),
            Some(n) => (format!("<ol start=\"{n}\">"), "</ol>"),
            None => ("<ul>".to_owned(), "</ul>"),
        };
        let mut out = open;
        for item in items {
            out.push_str("<li>");
            out.push_str(match item.task {
                Some(true) => "☑ ",
                Some(false) => "☐ ",
                None => "",
            });
            out.push_str(&self.cell_blocks(&item.blocks));
            out.push_str("</li>");
        }
        out.push_str(close);
        out
    }

    /// An HTML table. Cells that are more than plain text hold Markdown between blank lines, so that links, code and lists stay what they are.
    fn html_table(&mut self, table: &Table) -> String {
        let mut out = String::from("<table>\n");
        for row in &table.rows {
            out.push_str("<tr>\n");
            for cell in row {
                let name = if cell.header { "th" } else { "td" };
                let mut tag = name.to_owned();
                if cell.colspan > 1 {
                    tag.push_str(&format!(" colspan=\"{}\"", cell.colspan));
                }
                if cell.rowspan > 1 {
                    tag.push_str(&format!(" rowspan=\"{}\"", cell.rowspan));
                }
                match plain_text(&cell.blocks) {
                    Some(text) => out.push_str(&format!("<{tag}>{}</{name}>\n", escape::html(&text))),
                    None => {
                        let inner = self.blocks(&cell.blocks);
                        out.push_str(&format!("<{tag}>\n\n{inner}\n\n</{name}>\n"));
                    }
                }
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</table>");
        out
    }
}

fn pipe_line(cells: &[String], columns: usize) -> String {
    let mut line = String::from("|");
    for i in 0..columns {
        let cell = cells.get(i).map_or("", |c| c.trim());
        line.push_str(if cell.is_empty() { "  " } else { " " });
        line.push_str(cell);
        line.push_str(if cell.is_empty() { "|" } else { " |" });
    }
    line
}

fn fits_in_pipes(cell: &Cell) -> bool {
    cell.colspan == 1 && cell.rowspan == 1 && cell.blocks.iter().all(fits_on_line)
}

fn fits_on_line(block: &Block) -> bool {
    match block {
        Block::Paragraph(_) => true,
        Block::List { items, .. } => items.iter().all(|i| i.blocks.iter().all(fits_on_line)),
        _ => false,
    }
}

fn is_flat_tasks(items: &[ListItem]) -> bool {
    items.iter().all(|i| i.task.is_some() && i.blocks.iter().all(|b| matches!(b, Block::Paragraph(_))))
}

/// Whether the first row heads the others: by its cells, or because its author made it bold, and no other row, in a table that has no header cells.
fn is_headed(table: &Table) -> bool {
    let Some((first, others)) = table.rows.split_first() else { return false };
    if first.iter().all(|c| c.header) {
        return true;
    }
    let all_bold = |row: &[Cell]| row.iter().all(|c| is_bold(&c.blocks));
    first.len() > 1
        && !others.is_empty()
        && all_bold(first)
        && !others.iter().any(|row| all_bold(row))
        && !table.rows.iter().flatten().any(|c| c.header)
}

fn is_bold(blocks: &[Block]) -> bool {
    matches!(blocks, [Block::Paragraph(content)] if matches!(content.as_slice(), [Inline::Strong(_)]))
}

/// A paragraph without the strong mark around all of it.
fn unbold(block: &Block) -> Block {
    match block {
        Block::Paragraph(content) => match content.as_slice() {
            [Inline::Strong(inner)] => Block::Paragraph(inner.clone()),
            _ => block.clone(),
        },
        other => other.clone(),
    }
}

fn bold(blocks: &[Block]) -> Vec<Block> {
    blocks
        .iter()
        .map(|b| match b {
            Block::Paragraph(content) => Block::Paragraph(flow::tidy(vec![Inline::Strong(content.clone())])),
            other => other.clone(),
        })
        .collect()
}

/// The text of a cell that holds nothing but one line of it.
fn plain_text(blocks: &[Block]) -> Option<String> {
    match blocks {
        [] => Some(String::new()),
        [Block::Paragraph(content)] => match content.as_slice() {
            [Inline::Text(text)] => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}
