//! The website: plan, render, write. Templates and theme; knows pages, blueprints, ages and verdicts, never how they came about.
