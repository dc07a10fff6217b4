package webhooks

import "testing"

func TestSameURL(t *testing.T) {
	const ours = "https://xn--bcher-kva.example/hooks/%C3%BC/vast/client"
	for _, tt := range []struct {
		name, a, b string
		want       bool
	}{
		{"the same text", ours, ours, true},
		{"another case of the host", ours, "https://XN--Bcher-kva.EXAMPLE/hooks/%C3%BC/vast/client", true},
		{"the host beyond ASCII", ours, "https://bücher.example/hooks/%C3%BC/vast/client", true},
		{"the port that is used anyway", ours, "https://xn--bcher-kva.example:443/hooks/%C3%BC/vast/client", true},
		{"another case of an escape", ours, "https://xn--bcher-kva.example/hooks/%c3%bc/vast/client", true},
		{"no escape", ours, "https://xn--bcher-kva.example/hooks/ü/vast/client", true},
		{"another case of the path", ours, "https://xn--bcher-kva.example/Hooks/%C3%BC/vast/client", false},
		{"another path", ours, "https://xn--bcher-kva.example/vast/client", false},
		{"an escaped slash", "https://a.example/x/y", "https://a.example/x%2Fy", false},
		{"a final slash", ours, ours + "/", false},
		{"another port", ours, "https://xn--bcher-kva.example:8443/hooks/%C3%BC/vast/client", false},
		{"another scheme", ours, "http://xn--bcher-kva.example/hooks/%C3%BC/vast/client", false},
		{"a query", ours, ours + "?x=1", false},
		{"a user", ours, "https://ada@xn--bcher-kva.example/hooks/%C3%BC/vast/client", false},
		{"no URL", ours, "%zz", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, back := SameURL(tt.a, tt.b), SameURL(tt.b, tt.a); got != tt.want || back != tt.want {
				t.Errorf("got %v and %v, want %v both ways", got, back, tt.want)
			}
		})
	}
}
