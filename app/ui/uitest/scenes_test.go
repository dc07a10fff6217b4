package uitest

import (
	"slices"
	"testing"

	"vastrelay/relay"
)

// A type that does not exist has no name in any language, so that its picture shows
// English in every one.
func TestTheEventsOfScenesAreOfTypesThatVastHas(t *testing.T) {
	for _, e := range Rows() {
		known := slices.ContainsFunc(relay.Kinds(), func(k relay.Kind) bool { return k.Role == e.Role && k.Slug == e.Type })
		if !known && e.Type != relay.TestType && e.Fate != relay.FateUnreadable {
			t.Errorf("%s is of the type %q, which Vast.ai does not have", e.ID, e.Type)
		}
		if got := Details()[e.ID].Event.Type; got != e.Type {
			t.Errorf("%s is of the type %q in full, want %q", e.ID, got, e.Type)
		}
	}
	for slug := range eventTexts() {
		if !slices.ContainsFunc(Rows(), func(e relay.Summary) bool { return e.Type == slug }) {
			t.Errorf("no row is of the type %q, which has a text", slug)
		}
	}
}
