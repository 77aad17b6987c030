//! Blueprints: the format, its checks and schema, drafting from prose, keeping in step, diff by risk, hand-over.
