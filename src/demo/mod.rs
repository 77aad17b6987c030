//! The export carried in the binary and the story told with it (`stepwright demo`).
