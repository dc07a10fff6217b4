package tunnel_test

import (
	"testing"

	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/tunneltest"
)

func TestChooseFallsBackToTheFirstVendor(t *testing.T) {
	for name, want := range map[string]string{"": "ngrok", "ngrok": "ngrok", "url": "url", "of-a-newer-version": "ngrok"} {
		if got := tunnel.Choose(tunneltest.Vendors(), name).Name; got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestDefaultsOfFieldsAreResolvedNotStored(t *testing.T) {
	listen := tunneltest.Vendors()[1].Fields[1]
	var none tunnel.Values
	if got := none.Of(listen); got != "127.0.0.1:8787" {
		t.Errorf("nothing entered: got %q", got)
	}
	if got := (tunnel.Values{"listen": ":1"}).Of(listen); got != ":1" {
		t.Errorf("entered: got %q", got)
	}
}
