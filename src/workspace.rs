//! One in-memory model of a docs repository that lint, blueprints and website share: settings, corpus, history, verdicts.
