package tunnel

import "testing"

func TestAccountString(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]Account{
		"Ada · Free · eu": {"Ada", "Free", "eu"},
		"Free":            {Plan: "Free"},
		"":                {},
	} {
		if got := a.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
