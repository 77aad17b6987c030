//! Judgement: is a page, or a section of it, a procedure? A linear model over features of the parsed page, with its evidence.
