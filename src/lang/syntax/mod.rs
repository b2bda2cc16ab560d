//! Text → syntax tree with spans and trivia; recovery; formatter.
