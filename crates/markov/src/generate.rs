//! Writes sentences.

mod request;
mod seed;
mod walk;

pub use self::request::{Detail, NoSentence, Request, Sentence, Step};
use self::{seed::Seeds, walk::Walk};
use crate::{draw::Draw, tokenizer, view::View};

/// How often each bound turned a sentence away.
#[derive(Clone, Copy, Debug, Default)]
struct Refused {
    short: u32,
    long: u32,
    score: u32,
    copies: u32,
}

impl Refused {
    fn reason(self, tries: u32) -> NoSentence {
        let most = self.short.max(self.long).max(self.score).max(self.copies);
        if self.copies == most {
            NoSentence::OnlyCopies { tries }
        } else if self.score == most {
            NoSentence::LowScore { tries }
        } else if self.short == most {
            NoSentence::TooShort { tries }
        } else {
            NoSentence::TooLong { tries }
        }
    }
}

/// Writes a sentence that fits the request; the same chain, request and number give the same one.
pub(crate) fn sentence(view: View<'_>, request: &Request, seed: u64) -> Result<Sentence, NoSentence> {
    if view.messages() == 0 {
        return Err(NoSentence::Empty);
    }
    let mut draw = Draw::new(seed);
    let mut seeds = Seeds::find(view, request.seed.as_deref(), &mut draw)?;
    let mut refused = Refused::default();
    let mut walk = Walk::new(view, request.detail != Detail::Text);
    let tries = request.max_tries.max(1);
    for tried in 1..=tries {
        let Some(start) = seeds.place(view, &mut draw) else { return Err(NoSentence::Damaged) };
        if walk.run(start, seeds.words(), *request.tokens.end(), &mut draw).is_none() {
            refused.long += 1;
            continue;
        }
        if walk.tokens.len() < *request.tokens.start() {
            refused.short += 1;
        } else if walk.score < request.min_score {
            refused.score += 1;
        } else if request.refuse_copies && view.is_copy(walk.tokens()) {
            refused.copies += 1;
        } else {
            let text = tokenizer::join(walk.tokens().iter().filter_map(|&token| view.form(token)));
            let length = text.chars().count();
            if length < *request.characters.start() {
                refused.short += 1;
            } else if length > *request.characters.end() {
                refused.long += 1;
            } else {
                return Ok(finish(view, &walk, text, tried, &seeds, request.detail));
            }
        }
    }
    Err(refused.reason(tries))
}

fn finish(
    view: View<'_>,
    walk: &Walk<'_>,
    text: String,
    tries: u32,
    seeds: &Seeds,
    detail: Detail,
) -> Sentence {
    let mut sources: Vec<u64> = Vec::new();
    let mut path = Vec::new();
    let forms = |tokens: &[u32]| tokenizer::join(tokens.iter().filter_map(|&token| view.form(token)));
    for step in walk.steps() {
        let message = view.message_of(step.place);
        sources.extend(message.filter(|id| !sources.contains(id)));
        if detail == Detail::Path {
            let known: Vec<u32> =
                step.window[..view.order()].iter().rev().copied().filter(|&token| token > 0).collect();
            path.push(Step {
                state: forms(&known),
                token: view.form(step.token).map(|form| tokenizer::bare(form).to_owned()),
                refs: step.refs,
                backward: step.backward,
                message,
            });
        }
    }
    let seed = (!seeds.words().is_empty()).then(|| forms(seeds.words()));
    Sentence { text, score: walk.score, tokens: walk.tokens.len(), tries, seed, sources, path }
}
