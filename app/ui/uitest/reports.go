package uitest

import (
	"context"
	"sync"

	"vastrelay/app/diagnostics"
	"vastrelay/app/ui/kit/kittest"
)

// Reports is settings.Reporter. The zero value makes a short report and saves
// nothing.
type Reports struct {
	OnCollect func(ctx context.Context) (diagnostics.Bundle, error)
	OnSave    func(path string) error

	mu    sync.Mutex
	saved []string
}

// Report is a short report.
func Report() diagnostics.Bundle {
	return diagnostics.Bundle{At: kittest.Noon, Files: []diagnostics.File{
		{Name: "versions.txt", Text: "program                1.0.0\ncommit                 0123456789ab\nsystem                 linux/amd64\nrelease                debian 13\ndesktop                kde\ntray                   there\n"},
		{Name: "status.txt", Text: "phase                  relaying\nsince                  2026-11-21 12:06:00 UTC\nkeyring                ready\naddress                set\nwaiting                0\n"},
		{Name: "settings.txt", Text: "tunnel                 ngrok\nform                   card\nevent_types            7 of them\nspace_label            set\n"},
		{Name: "log.txt", Text: "2026-11-21T14:02:00.411Z INFO  tunnel online [1 left out]\n2026-11-21T14:02:01.020Z WARN  no tunnel, will try again attempt=3 code=ERR_NGROK_108 err=[connection refused] pause=30s\n"},
	}}
}

// FromWindow is that of settings.Reporter.
func (r *Reports) FromWindow(ctx context.Context, _ bool) (diagnostics.Bundle, error) {
	if r.OnCollect != nil {
		return r.OnCollect(ctx)
	}
	return Report(), nil
}

// Save is that of settings.Reporter.
func (r *Reports) Save(_ context.Context, path string, _ diagnostics.Bundle) error {
	if r.OnSave != nil {
		if err := r.OnSave(path); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.saved = append(r.saved, path)
	return nil
}

// Saved lists the files that reports were saved in.
func (r *Reports) Saved() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.saved...)
}
