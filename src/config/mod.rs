//! Settings of a repository (`stepwright.yaml`): typed, with defaults, unknown keys refused with a suggestion.
