//! Findings: the rules, and the engine that runs them over a workspace and settles what is shown.
