//! Finds the path template of a request path; fixed parts win over parameters.

/// All templates of a description.
pub(super) struct Templates {
    all: Vec<Template>,
}

struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(PartialEq, Eq)]
enum Part {
    Fixed(String),
    Parameter,
}

impl Templates {
    pub(super) fn new<'a>(templates: impl Iterator<Item = &'a String>) -> Self {
        let mut all: Vec<Template> =
            templates
                .map(|text| Template {
                    text: text.clone(),
                    parts: split(text)
                        .map(|part| {
                            if part.starts_with('{') { Part::Parameter } else { Part::Fixed(part.to_owned()) }
                        })
                        .collect(),
                })
                .collect();
        // Fewer parameters first: `/users/@me` before `/users/{user_id}`.
        all.sort_by_key(|template| template.parts.iter().filter(|part| **part == Part::Parameter).count());
        Self { all }
    }

    /// The closest template of `path` that `has` the wanted method.
    pub(super) fn find(&self, path: &str, has: impl Fn(&str) -> bool) -> Option<&str> {
        let path = path.split('?').next().unwrap_or_default();
        let path = path.strip_prefix("/api").unwrap_or(path);
        let path = path.strip_prefix("/v10").unwrap_or(path);
        let given: Vec<&str> = split(path).collect();
        self.all
            .iter()
            .find(|template| fits(&template.parts, &given) && has(&template.text))
            .map(|template| template.text.as_str())
    }
}

fn fits(parts: &[Part], given: &[&str]) -> bool {
    parts.len() == given.len()
        && parts.iter().zip(given).all(|(part, given)| match part {
            Part::Fixed(text) => text == given,
            Part::Parameter => !given.is_empty(),
        })
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    path.trim_matches('/').split('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_parts_win() {
        let names = ["/users/{id}", "/users/@me", "/users/{id}/x"].map(str::to_owned);
        let templates = Templates::new(names.iter());
        let find = |path| templates.find(path, |_| true);
        assert_eq!(find("/api/v10/users/@me?limit=2"), Some("/users/@me"));
        assert_eq!(find("/users/7"), Some("/users/{id}"));
        assert_eq!(find("/users/7/x"), Some("/users/{id}/x"));
        assert_eq!(find("/users"), None);
        assert_eq!(templates.find("/users/@me", |name| name.contains('{')), Some("/users/{id}"));
    }
}
