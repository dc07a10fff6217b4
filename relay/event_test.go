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
