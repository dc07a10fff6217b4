package health

import "testing"

func TestSentences(t *testing.T) {
	tests := []struct {
		name  string
		parts []string
		want  string
	}{
		{"nothing", nil, ""},
		{"one that is ended", []string{"It is full."}, "It is full."},
		{"one that is not ended", []string{"the answer is not a JSON object", "Try again."}, "the answer is not a JSON object. Try again."},
		{"an empty one", []string{"", "Try again."}, "Try again."},
		{"one with space around it", []string{" It is full. ", " Try again"}, "It is full. Try again."},
		{"a question", []string{"Is it there?", "Look."}, "Is it there? Look."},
		{"one that ends in a quotation", []string{"It said “no.”", "Ask."}, "It said “no.” Ask."},
		{"one that ends in a bracket", []string{"It said no (403)", "Ask."}, "It said no (403). Ask."},
		{"one that goes on", []string{"It said…", "Ask."}, "It said… Ask."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Sentences(tt.parts...); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestSentencesOfAHopDoNotRunTogether joins cause and next step of every kind of
// failure, as a hop and the line of a refusal do.
func TestEveryActionHasALabel(t *testing.T) {
	for _, a := range []Action{
		ActionSetUp, ActionStart, ActionRetry, ActionResume, ActionReplaceKey, ActionReplaceChatURL, ActionReplaceToken,
		ActionReplaceTunnelmoleKey, ActionReplaceCloudflaredToken, ActionReplaceHeartbeat,
		ActionTunnelSettings, ActionUnlockKeyring, ActionCreateKeyring, ActionKeepForRun, ActionLookAgain, ActionChooseWebhook, ActionEnableChannels,
	} {
		if a.Label() == "" {
			t.Errorf("%s has no label", a)
		}
	}
}
