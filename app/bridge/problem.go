package bridge

// Problem is an error as it reaches a person: what is wrong, why, and who must
// do what. It never holds a secret.
type Problem struct {
	Headline string // one short sentence in plain words
	Cause    string // one sentence; may be empty
	Next     string // one sentence: who must do what
	Details  string // codes and the redacted technical text, for Details and Copy
	Action   Action // the button that helps; empty when none does
	Final    bool   // nothing is tried again before a person has acted, whatever the button
	Retried  bool   // it is tried again by itself, whatever the button
}

// Error makes a Problem usable as an error; it reads "headline: cause".
func (p Problem) Error() string {
	if p.Cause == "" {
		return p.Headline
	}
	return p.Headline + ": " + p.Cause
}
