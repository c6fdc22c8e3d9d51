package words

import "mtrlz.dev/perfrun/results/verdict"

// Mark is how a verdict is shown: a word, a symbol, and a class that gives a
// colour. Each of them alone tells verdicts apart.
type Mark struct{ Class, Symbol, Word string }

// MarkOf returns how a verdict is shown; a strange one is no better than "cannot tell".
func MarkOf(v verdict.Verdict) Mark {
	switch v {
	case verdict.Broken:
		return Mark{"broken", "✕", "broken"}
	case verdict.Regression:
		return Mark{"regression", "!", "regression"}
	case verdict.Improvement:
		return Mark{"improvement", "✓", "improvement"}
	case verdict.CannotTell:
		return Mark{"cannot-tell", "?", "cannot tell"}
	case verdict.NoChange:
		return Mark{"no-change", "=", "no change"}
	}
	return Mark{"cannot-tell", "?", Shortened(Plain(string(v)), MostWord)}
}
