//! What every machine was asked, and what each of them said.

use serde::Serialize;

use crate::advise::Crossing;
use crate::advise::answer::{Answer, Choice};
use crate::model::Estimate;
use crate::verdict::Reading;

/// One question to all machines.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Question {
    /// What kind of question.
    pub kind: QuestionKind,
    /// What is asked: a kind of work, a claim, where a way becomes the cheaper one, or whether one is dearer than another.
    pub subject: String,
    /// Other parameters at which the machines are split alike by it, less far apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_at: Vec<String>,
    /// What each machine says, in their order.
    pub answers: Vec<Said>,
}

/// The kinds of questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// What to use for a kind of work.
    Advice,
    /// Whether a claim holds.
    Claim,
    /// From where on a way is the cheaper one.
    Crossover,
    /// Whether one mechanism of a group is dearer than another.
    Order,
}

/// What one machine says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// The first named is dearer, by this factor.
    Dearer(Estimate),
    /// The first named is cheaper, by this factor.
    Cheaper(Estimate),
    /// The way becomes the cheaper one here.
    Crosses {
        /// Where.
        crossing: Crossing,
        /// On which axis.
        axis: String,
    },
    /// This is what to use.
    Advises(Choice),
    /// It could not be told: why.
    Untold(String),
}

/// On which side of a fact a machine is: that of a value, or that of those which have nothing of the kind.
pub(super) type Side<'a> = Option<&'a str>;

impl Said {
    /// What a factor says whose interval is that of another session.
    pub(super) fn of_factor(factor: &Reading) -> Self {
        match factor {
            Reading::Measured(factor) if factor.low() > 1.0 => Said::Dearer(*factor),
            Reading::Measured(factor) if factor.high() < 1.0 => Said::Cheaper(*factor),
            Reading::Measured(_) => Said::Untold("no difference within the intervals".to_owned()),
            Reading::Inconclusive(reason) | Reading::Missing(reason) => Said::Untold(reason.clone()),
        }
    }

    fn of_crossing(crossing: &Crossing, axis: &str) -> Self {
        match crossing {
            Crossing::Untold(reason) => Said::Untold(reason.clone()),
            told => Said::Crosses { crossing: told.clone(), axis: axis.to_owned() },
        }
    }

    fn of_choice(choice: &Choice) -> Self {
        match choice {
            Choice::Untold(reason) => Said::Untold(reason.clone()),
            told => Said::Advises(told.clone()),
        }
    }

    /// Whether it is an answer at all.
    pub fn is_told(&self) -> bool {
        !matches!(self, Said::Untold(_))
    }

    /// Whether the answers of two machines exclude each other: threads here and processes there, two prices in the opposite
    /// order, or crossings whose intervals do not meet. Nothing where one of them does not answer, or answers in part.
    pub(super) fn differs(&self, other: &Said) -> Option<bool> {
        match (self, other) {
            (Said::Untold(_), _) | (_, Said::Untold(_)) => None,
            (Said::Crosses { crossing, .. }, Said::Crosses { crossing: another, .. }) => {
                let ((low, high), (other_low, other_high)) = (span(crossing)?, span(another)?);
                Some(high < other_low || other_high < low)
            }
            (Said::Advises(choice), Said::Advises(another)) => match (choice, another) {
                (Choice::Threads, Choice::Processes) | (Choice::Processes, Choice::Threads) => Some(true),
                // Where both are alike, threads are advised, being cheaper to start.
                (Choice::Alike(_) | Choice::Threads, Choice::Alike(_) | Choice::Threads) => Some(false),
                (choice, another) => (choice == another).then_some(false),
            },
            (Said::Dearer(_), Said::Dearer(_)) | (Said::Cheaper(_), Said::Cheaper(_)) => Some(false),
            _ => Some(true),
        }
    }
}

/// Between which places a crossing lies.
fn span(crossing: &Crossing) -> Option<(f64, f64)> {
    match crossing {
        Crossing::At { place, open_low, open_high } => {
            Some((if *open_low { 0.0 } else { place.low() }, if *open_high { f64::INFINITY } else { place.high() }))
        }
        Crossing::Always(first) => Some((0.0, *first)),
        Crossing::Never(last) => Some((*last, f64::INFINITY)),
        Crossing::Untold(_) => None,
    }
}

impl Question {
    /// Whether the answers of two machines exclude each other.
    pub fn is_change(&self) -> bool {
        self.answers.iter().any(|one| self.answers.iter().any(|other| one.differs(other) == Some(true)))
    }

    /// Whether every machine answers, and all alike.
    pub(super) fn is_agreed(&self) -> bool {
        self.answers.iter().all(|one| self.answers.iter().all(|other| one.differs(other) == Some(false)))
    }

    /// Whether another question splits the machines in the same way.
    pub(super) fn splits_like(&self, other: &Question) -> bool {
        let split = |question: &Question| -> Vec<Option<bool>> {
            let answers = &question.answers;
            answers.iter().flat_map(|one| answers.iter().map(|another| one.differs(another))).collect()
        };
        split(self) == split(other)
    }

    /// Whether a property that splits the machines into `sides` splits them as the answers do. Machines that do not answer
    /// take no part; where one that answers is on no side, nobody can say.
    pub(super) fn is_split_like(&self, sides: &[Option<Side>]) -> bool {
        let told: Vec<(&Said, &Option<Side>)> =
            self.answers.iter().zip(sides).filter(|(said, _)| said.is_told()).collect();
        told.iter().all(|(_, side)| side.is_some())
            && told.iter().all(|(one, here)| {
                told.iter().all(|(other, there)| one.differs(other).is_none_or(|differs| differs == (here != there)))
            })
    }
}

/// The advice, the claims and the crossovers, as every machine gives them.
pub(super) fn questions(answers: &[Answer]) -> Vec<Question> {
    let Some(first) = answers.first() else { return Vec::new() };
    let asked = |kind, subject: &str, said: &dyn Fn(&Answer) -> Said| Question {
        kind,
        subject: subject.to_owned(),
        also_at: Vec::new(),
        answers: answers.iter().map(said).collect(),
    };
    let advice = first.advice.iter().enumerate().map(|(place, advice)| {
        asked(QuestionKind::Advice, &advice.kind, &|answer| Said::of_choice(&answer.advice[place].choice))
    });
    let claims = first.claims.iter().enumerate().map(|(place, claim)| {
        asked(QuestionKind::Claim, &claim.sentence, &|answer| Said::of_factor(&answer.claims[place].factor))
    });
    let crossovers = first.crossovers.iter().enumerate().map(|(place, row)| {
        asked(QuestionKind::Crossover, &row.sentence, &|answer| {
            Said::of_crossing(&answer.crossovers[place].crossing, &row.axis)
        })
    });
    advice.chain(claims).chain(crossovers).collect()
}
