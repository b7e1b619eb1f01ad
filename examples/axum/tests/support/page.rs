use reqwest::{Response, StatusCode};

/// A statement of a page's table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) sql: String,
    pub(crate) node: String,
    pub(crate) role: String,
    pub(crate) why: String,
}

impl Served {
    /// `INSERT by default.master`; slaves are not told apart, as chance chooses them.
    fn summary(&self) -> String {
        let verb = self.sql.split(' ').next().unwrap();
        let (bind, node) = self.node.split_once('.').unwrap();
        assert!(
            node == self.role || node.starts_with(&format!("{}-", self.role)),
            "{self:?}"
        );
        format!("{verb} by {bind}.{}", self.role)
    }
}

/// An answer of the blog.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) path: String,
    pub(crate) html: String,
}

impl Page {
    pub(super) async fn of(response: Response) -> Self {
        Self {
            status: response.status(),
            path: response.url().path().to_owned(),
            html: response.text().await.unwrap(),
        }
    }

    /// What the page is about, without navigation and statements.
    pub(crate) fn main(&self) -> &str {
        between(&self.html, "<main>", "</main>").unwrap()
    }

    pub(crate) fn shows(&self, text: &str) -> bool {
        self.main().contains(text)
    }

    /// The statements that made this page.
    pub(crate) fn statements(&self) -> Vec<Served> {
        let section = between(&self.html, "<section class=\"this-request\">", "</section>");
        rows(section.unwrap())
    }

    /// Which node served each of them.
    pub(crate) fn served(&self) -> Vec<String> {
        self.statements().iter().map(Served::summary).collect()
    }

    /// Which node served each statement of the request whose redirect led here.
    pub(crate) fn served_before(&self) -> Vec<String> {
        let footer = between(&self.html, "<footer>", "</footer>").unwrap();
        let section = between(footer, "<section class=\"earlier-request\">", "</section>");
        rows(section.unwrap_or_default())
            .iter()
            .map(Served::summary)
            .collect()
    }
}

fn rows(html: &str) -> Vec<Served> {
    let rows = html.split("<tr class=\"statement\">").skip(1);
    rows.map(|row| {
        let cells: Vec<String> = row.split("<td").skip(1).map(text).collect();
        let [sql, node, role, why, outcome] = cells.try_into().unwrap();
        assert!(outcome.ends_with(" ms, ok"), "{outcome}");
        Served {
            sql,
            node,
            role,
            why,
        }
    })
    .collect()
}

/// What a cell shows, which begins in its opening tag.
fn text(cell: &str) -> String {
    let (_, inside) = cell.split_once('>').unwrap();
    let inside = inside.split("</td>").next().unwrap();
    let inside = inside.replace("<code>", "").replace("</code>", "");
    assert!(!inside.contains('<'), "{inside}");
    inside.replace("&quot;", "\"").replace("&amp;", "&")
}

fn between<'h>(html: &'h str, start: &str, end: &str) -> Option<&'h str> {
    let (_, rest) = html.split_once(start)?;
    Some(rest.split_once(end)?.0)
}
