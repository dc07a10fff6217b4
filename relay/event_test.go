package relay

import "testing"

func TestShortTitle(t *testing.T) {
	for _, tt := range []struct{ name, title, want string }{
		{"the common opening goes", "Your Vast.ai Instance #48926820 Is Offline", "Instance #48926820 Is Offline"},
		{"so does the shorter one", "Your Interruptible Instance #48926820 Has Been Outbid", "Interruptible Instance #48926820 Has Been Outbid"},
		{"the rest begins with a capital", "Your balance is low", "Balance is low"},
		{"of any alphabet", "Your étoile", "Étoile"},
		{"other titles stay", "Vast.ai webhook test", "Vast.ai webhook test"},
		{"also those that only resemble one", "Yours truly", "Yours truly"},
		{"an opening alone stays, because nothing would be left", "Your Vast.ai ", "Vast.ai"},
		{"and so does nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ShortTitle(tt.title); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEachTypeOfAThingHasAVerb(t *testing.T) {
	for _, k := range Kinds() {
		if ofThing := k.Group == GroupInstance || k.Group == GroupMachine; ofThing != (k.Verb != "") {
			t.Errorf("%s:%s is about %q and has the verb %q", k.Role, k.Slug, k.Group, k.Verb)
		}
	}
}

func TestEventTitle(t *testing.T) {
	tests := []struct {
		name string
		ev   Event
		want string
	}{
		{"the subject when there is one", Event{Subject: "Outbid", Type: "outbid"}, "Outbid"},
		{"the type in words without a subject", Event{Type: "low_disk_space"}, "Low disk space"},
		{"a fixed line without either", Event{}, "Vast.ai notification"},
		{"a type that does not start with a letter", Event{Type: "_x_9"}, " x 9"},
		{"a type in another alphabet", Event{Type: "ähnlich_x"}, "ähnlich x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.ev.Title(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if got := TypeWords(GapType); got != "Not reachable" || KindOf(RoleClient, GapType).Name != got {
		t.Errorf("TypeWords of a gap: got %q", got)
	}
	if got := TypeWords(""); got != "" {
		t.Errorf("TypeWords of nothing: got %q", got)
	}
}
