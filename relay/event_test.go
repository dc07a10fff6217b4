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

func TestRowTitle(t *testing.T) {
	for name, tt := range map[string]struct {
		role              Role
		slug, title, want string
	}{
		"the verb stands before the number":           {RoleClient, "outbid", "Your Interruptible Instance #48926820 Has Been Outbid", "Outbid #48926820"},
		"as a host calls it":                          {RoleHost, "low_disk_space", "Disk Space Low on Machine #20417", "Machine disk low #20417"},
		"the first number counts":                     {RoleClient, "instance_offline", "Instance #1 on machine #2", "Offline #1"},
		"without a number the subject stays":          {RoleClient, "outbid", "Your instance was outbid", "Instance was outbid"},
		"so it does where the type is about no thing": {RoleClient, "low_credit", "Your Vast.ai balance is #1", "Balance is #1"},
		"and where the type is not known":             {RoleClient, "new_type", "Your Vast.ai Instance #7 Moved", "Instance #7 Moved"},
		"what only looks like a number is none":       {RoleClient, "outbid", "Instance #7b of 12", "Instance #7b of 12"},
		"a number of absurd length is none":           {RoleClient, "outbid", "Instance #1234567890123456789", "Instance #1234567890123456789"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := RowTitle(tt.role, tt.slug, tt.title); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
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
