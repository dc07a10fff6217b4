package launch

import (
	"bytes"
	"log"
	"testing"
)

func TestTheToolkitsTrayIsNotHeard(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		passes     bool
	}{
		{"what the tray says of a lost bus", "systray error: failed to emit layout updated signal: dbus: connection closed by user", false},
		{"what anything else says", "Fyne error:  window creation error", true},
		{"what only sounds alike", "systray is fine", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var said bytes.Buffer
			before := log.Writer()
			log.SetOutput(&said)
			defer log.SetOutput(before)
			restore := filterToolkitLog()
			log.Print(tt.line)
			restore()
			if got := said.Len() > 0; got != tt.passes {
				t.Errorf("got it printed: %v, want %v", got, tt.passes)
			}
			log.Print("afterwards")
			if !bytes.Contains(said.Bytes(), []byte("afterwards")) {
				t.Error("the logger was not restored")
			}
		})
	}
}
