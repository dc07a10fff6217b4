package webhooks

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"vastrelay/app/datadir"
	"vastrelay/relay"
)

// TestRecordsOfAllVersionsOpen reads each form that the file of records has had.
func TestRecordsOfAllVersionsOpen(t *testing.T) {
	at := time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		content string
		want    Records
	}{
		"before names were kept": {
			`{"client":{"id":7,"url":"https://a.example/vast/1","types":["client:outbid"],"intent":{"kind":"rotate","id":7,"at":"2026-11-21T22:00:00Z"}},
			"host":{"intent":{"kind":"create","url":"https://a.example/vast/2","at":"2026-11-21T22:00:00Z"}}}`,
			Records{
				relay.RoleClient: {ID: 7, URL: "https://a.example/vast/1", Types: []string{"client:outbid"}, Intent: &Intent{Kind: IntentRotate, ID: 7, At: at}},
				relay.RoleHost:   {Intent: &Intent{Kind: IntentCreate, URL: "https://a.example/vast/2", At: at}},
			},
		},
		"before changes on their way were kept": {
			`{"client":{"id":7,"url":"https://a.example/vast/1","types":["client:outbid"],"name":"Vast Relay on a · abcd1234"}}`,
			Records{relay.RoleClient: {ID: 7, URL: "https://a.example/vast/1", Types: []string{"client:outbid"}, Name: "Vast Relay on a · abcd1234"}},
		},
		"present": {
			`{"client":{"id":7,"url":"https://a.example/vast/1","types":["client:outbid"],"name":"Vast Relay on a · abcd1234",
			"sent":{"url":"https://b.example/vast/1","types":["client:low_credit"],"name":"Vast Relay on b · abcd1234"},"released":[3,4]}}`,
			Records{relay.RoleClient: {
				ID: 7, URL: "https://a.example/vast/1", Types: []string{"client:outbid"}, Name: "Vast Relay on a · abcd1234",
				Sent:     &Shape{URL: "https://b.example/vast/1", Types: []string{"client:low_credit"}, Name: "Vast Relay on b · abcd1234"},
				Released: []int64{3, 4},
			}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "webhooks.json")
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			file := datadir.NewFile[Records](path)
			for _, when := range []string{"read", "saved and read again"} {
				got, err := file.Load()
				if err != nil || !reflect.DeepEqual(got, tt.want) {
					t.Errorf("%s: got %+v, %v, want %+v", when, got, err, tt.want)
				}
				if err := file.Save(got); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
