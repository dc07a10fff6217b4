//go:build unix

package restart

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// zoneContent is the file of a time zone that is always so many seconds ahead of UTC.
func zoneContent(seconds int32) []byte {
	content := append([]byte("TZif"), make([]byte, 16)...) // the first form
	for _, count := range []uint32{0, 0, 0, 0, 1, 4} {     // one type, with a name of three letters
		content = binary.BigEndian.AppendUint32(content, count)
	}
	content = binary.BigEndian.AppendUint32(content, uint32(seconds)) //nolint:gosec // The bits of a signed number.
	return append(content, 0, 0, 'A', 'B', 'C', 0)
}

func TestTheOffsetOfAZoneFile(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		content []byte
		seconds int
		known   bool
	}{
		"east of Greenwich": {zoneContent(19800), 19800, true},
		"west of Greenwich": {zoneContent(-3 * 3600), -3 * 3600, true},
		"no zone":           {[]byte("TZif"), 0, false},
		"nothing":           {nil, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "localtime")
			if err := os.WriteFile(path, tt.content, 0o600); err != nil {
				t.Fatal(err)
			}
			if seconds, known := offsetOf(path, time.Now()); seconds != tt.seconds || known != tt.known {
				t.Errorf("got %d, %v, want %d, %v", seconds, known, tt.seconds, tt.known)
			}
		})
	}
	if _, known := offsetOf(filepath.Join(dir, "absent"), time.Now()); known {
		t.Error("a file that is not there has an offset")
	}
}

func TestAZoneOfTheEnvironmentDoesNotChange(t *testing.T) {
	for _, zone := range []string{"", "Asia/Kolkata"} {
		t.Setenv("TZ", zone)
		if (&Program{}).ZoneChanged() {
			t.Errorf("TZ=%q: the zone of this run has changed", zone)
		}
	}
}
